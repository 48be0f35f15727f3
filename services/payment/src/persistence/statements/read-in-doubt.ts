import type { SqlClient } from '@outrider/service-kit/database';

// A payment in doubt has a running command, and what runs is in a partial index: the requests that are under way. The age is that of the
// command: the payment is written again by each try, and its updated_at moves on.
const SQL = `SELECT count(*)::int AS payments, coalesce(extract(epoch FROM now() - min(c.created_at)), 0)::float8 AS oldest
FROM payment_command c JOIN payment p ON p.id = c.payment_id WHERE c.state = 'RUNNING' AND p.status = 'IN_DOUBT'`;

/** The payments in doubt. */
export interface InDoubt {
  readonly payments: number;
  /** seconds since the oldest command was received whose operation is in doubt; 0: there is none */
  readonly oldestAge: number;
}

export async function readInDoubt(sql: SqlClient): Promise<InDoubt> {
  const { rows } = await sql.query<{ payments: number; oldest: number }>(SQL);
  return { payments: rows[0]?.payments ?? 0, oldestAge: rows[0]?.oldest ?? 0 };
}
