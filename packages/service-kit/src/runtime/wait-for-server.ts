import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '@outrider/inbox';
import type { Logger } from '../logging/index.js';

const AGAIN_AFTER_MS = 500;
/** one line of the log for this many tries */
const LOGGED_TRIES = 10;

/**
 * Runs `work` with a server that may not be up yet: again while it refuses connections, is starting, or does not know our
 * login yet.
 * @param waitMs the error is thrown after this time
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

/** Names of kafkajs's errors for a broker that cannot be reached. */
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

/** The server, a pooler for example, refuses the settings of the connection: it will refuse them again. */
function refusesSettings(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '08P01') || refusesSettings(error.cause);
}
