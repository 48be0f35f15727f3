import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '@outrider/inbox';
import type { Logger } from '../logging/index.js';

const AGAIN_AFTER_MS = 500;
/** a line of the log for each of so many tries */
const LOGGED_TRIES = 10;

/**
 * Does something with a server that may not be up yet: while it refuses connections, is starting, or does not know our
 * login yet, it is tried again.
 * @param waitMs after so long the error is thrown
 * @throws at once, any other error
 */
export async function waitForServer<T>(
  server: string,
  waitMs: number,
  log: Logger,
  work: () => Promise<T>,
): Promise<T> {
  const end = performance.now() + waitMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || performance.now() >= end) throw error;
      if (tries % LOGGED_TRIES === 0)
        log.warn({ err: error, server }, 'the server does not answer yet; waiting for it');
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

/** kafkajs names its own errors; what it could not reach it calls retriable, or says so by one of these names. */
const KAFKA_AWAY = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSSASLAuthenticationError',
]);

function isAway(error: unknown): boolean {
  if (refusesSettings(error)) return false;
  if (isTransient(error)) return true;
  if (!(error instanceof Error)) return false;
  if (KAFKA_AWAY.has(error.name)) return true;
  return error.name === 'KafkaJSNumberOfRetriesExceeded' && isAway(error.cause);
}

/** What is given with the connection is refused, by a pooler for example: it will be so the next time, too. */
function refusesSettings(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '08P01') || refusesSettings(error.cause);
}
