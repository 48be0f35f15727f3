import { errorCode } from '@outrider/common';

/**
 * SQLSTATEs after which a session is of no use, though it may still answer:
 * - 08 the connection, 57P0x the server shuts down or is not up yet, 25P03/25P04 ended for idling or a long transaction;
 * - 28 the login, 42501 a role that lost its privileges: another session may have another role;
 * - 58, XX the server's own faults, which a new server process may not have;
 * - STALE, below.
 */
const SESSION = /^(?:08...|57P0.|25P0[34]|28...|42501|58...|XX...)$/;

/**
 * A fault of the session's age, shared by every older session of the pool:
 * - 25006 it was opened while the name led to a read-only server, and its session stays with it;
 * - 0A000 the plan of a prepared statement whose table has changed since: it fails as long as the session lives;
 * - 26000, 42P05 a prepared statement that is missing, or already there: a pooler has mixed sessions up.
 * After all of them it is certain that the statement had no effect, and its transaction will have none.
 */
const STALE = /^(?:25006|0A000|26000|42P05)$/;

/** Is the session of no more use after this error of the server? Then it must be closed, not returned to its pool. */
export function endsSession(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && (SESSION.test(code) || STALE.test(code));
}

/** Is the session's age at fault? The same transaction may succeed on a new one. */
export function isStaleSession(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && STALE.test(code);
}
