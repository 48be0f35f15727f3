import { TransientError } from '../errors.js';

/**
 * SQLSTATEs that are no fault of the event: connection (08), serialisation and deadlock, lock not available, resources
 * (53), shutdown, crash, starting up (57P0x), a session ended for idling or a transaction for its length, system and
 * disk errors (58), login (28), a role without its rights (42501), a server that only reads (25006), and prepared
 * statements that a pooler has mixed up (26000, 42P05).
 */
const SQLSTATE = /^(?:08...|40001|40P01|55P03|53...|57P0.|25P0[34]|58...|28...|25006|26000|42501|42P05)$/;

const ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Errors of pg and its pool that have no code. */
const MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable|Query read timeout|Cannot use a pool after calling end on the pool)/;

/** How many levels of wrapped errors are examined. */
const DEPTH = 8;

/** Can the same work succeed later, with the same message and the same code? */
export function isTransient(error: unknown): boolean {
  return transientCode(error) !== undefined;
}

/** The code that makes an error transient: 'INBOX_TRANSIENT', a SQLSTATE, an errno name, 'connection'; else undefined. */
export function transientCode(error: unknown, depth = DEPTH): string | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  if (error instanceof TransientError) return error.code;
  if ('code' in error && typeof error.code === 'string' && (SQLSTATE.test(error.code) || ERRNO.has(error.code))) {
    return error.code;
  }
  if ('message' in error && typeof error.message === 'string' && MESSAGES.test(error.message)) return 'connection';
  // an AggregateError, whichever realm's
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const one of error.errors as unknown[]) {
      const code = transientCode(one, depth - 1);
      if (code !== undefined) return code;
    }
  }
  for (const name of ['cause', 'previous'] as const) {
    const inner = name in error ? (error as Record<typeof name, unknown>)[name] : undefined;
    const code = transientCode(inner, depth - 1);
    if (code !== undefined) return code;
  }
  return undefined;
}
