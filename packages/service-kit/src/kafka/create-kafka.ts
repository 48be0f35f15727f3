import type { Log } from '@outrider/common';
import { kafkajsOptions, type KafkaServer } from '@outrider/connections';
import { renewConnections, stopIdleTimer } from '@outrider/kafkajs-fast';
import { Kafka, logLevel, type LogEntry } from 'kafkajs';

export interface KafkaConnection {
  readonly clientId: string;
  readonly server: KafkaServer;
  readonly log: Log;
  /** after this time a connection ends, once another is there; without it, when the broker ends it */
  readonly connectionMaxAgeMs?: number;
}

/** A kafkajs client whose log lines go into the process's own log. */
export function createKafka(options: KafkaConnection): Kafka {
  stopIdleTimer();
  const { socketFactory, ...connection } = kafkajsOptions(options.server);
  if (options.connectionMaxAgeMs !== undefined) renewConnections(socketFactory, options.connectionMaxAgeMs);
  return new Kafka({
    clientId: options.clientId,
    ...connection,
    socketFactory,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      const { message, timestamp: _timestamp, ...rest } = entry.log;
      const fields = { kafka: entry.namespace, ...rest };
      if (isEverydayError(entry)) options.log.debug(fields, message);
      else if (entry.level === logLevel.ERROR) options.log.error(fields, message);
      else if (entry.level === logLevel.WARN) options.log.warn(fields, message);
      else options.log.debug(fields, message);
    },
  });
}

/**
 * kafkajs calls every refusal of the broker an error, also those that it answers by itself as the protocol means it:
 * joining again after a rebalance, asking again where a leader or coordinator is.
 */
function isEverydayError(entry: LogEntry): boolean {
  const { error, message } = entry.log;
  return EVERYDAY.test(typeof error === 'string' ? error : message);
}

const EVERYDAY =
  /rebalancing|does not host this topic|coordinator is not (?:available|aware)|not the (?:leader|coordinator)|no leader|leadership election|loading|given generation|member id/iu;
