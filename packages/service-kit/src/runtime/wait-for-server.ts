import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '@outrider/common';
import { isTransient } from '@outrider/inbox';
import { TopicsRefusedError } from '../kafka/index.js';
import type { Logger } from '../logging/index.js';

const AGAIN_AFTER_MS = 500;
/** one line of the log for this many tries */
const LOGGED_TRIES = 10;

/** Thrown when a server is still away at the end of the wait. */
export class ServerAwayError extends Error {
  override readonly name = 'ServerAwayError';
  readonly code = 'SERVER_AWAY';

  constructor(server: string, waitMs: number, cause: unknown) {
    super(`No answer from ${server} within ${waitMs / 1_000} s (MIGRATE_WAIT_MS): ${errorText(cause)}`, { cause });
  }
}

/**
 * Runs `work` with a server that may not be up yet: again while it refuses connections, is starting, or does not know our
 * login or its rights yet. Those who give logins and rights often do so while we are started.
 * @param waitMs how long
 * @throws ServerAwayError; TopicsRefusedError when rights are still missing then; at once, any other error
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
      const lacksRights = error instanceof TopicsRefusedError && error.lacksRights;
      const away = isAway(error);
      if (!lacksRights && !away) throw error;
      if (performance.now() >= end) throw away ? new ServerAwayError(server, waitMs, error) : error;
      if (tries % LOGGED_TRIES === 0) {
        const lacking = lacksRights ? 'does not give us our rights' : 'does not answer';
        log.warn({ err: error, server }, `the server ${lacking} yet; waiting for it`);
      }
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
