/**
 * SQLSTATEs after which a session is of no use, though it may go on answering:
 * - 08 the connection, 57P0x the server goes or is not there yet, 25P03/25P04 ended for its idling or its length;
 * - 28 the login, 42501 a role that lost its rights: another session may be another role's;
 * - 58, XX the server's own faults, which a new process of it may not have;
 * - STALE, below.
 */
const SESSION = /^(?:08...|57P0.|25P0[34]|28...|42501|58...|XX...)$/;

/**
 * What the session has from an earlier time, and every older one of the same pool with it:
 * - 25006 it was opened while the name led to a server that only reads, which a standby stays for its sessions;
 * - 0A000 the plan of a prepared statement whose table has changed since: it fails for as long as it is kept;
 * - 26000, 42P05 a prepared statement that is not there, or there already: a pooler has mixed sessions up.
 * All are definite: the statement had no effect, nor will its transaction.
 */
const STALE = /^(?:25006|0A000|26000|42P05)$/;

/** Is what the server answered a reason to give the session up, rather than to give it back to its pool? */
export function endsSession(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (SESSION.test(code) || STALE.test(code));
}

/** Is it the session's age that was at fault? The same transaction may well succeed on a new one. */
export function isStaleSession(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && STALE.test(code);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
