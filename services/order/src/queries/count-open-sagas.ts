import type { SqlClient } from '@outrider/service-kit/database';
import type { SagaStep } from '../domain/saga-state.js';

// Every open saga has a clock: the index of what is due holds exactly them. Overdue: past the deadline of its step, or
// longer in a step without one, by the time given; a bank may take two weeks for a refund. Late: not ended yet so long after
// the order was accepted; what is refunded had ended before.
const SQL = `SELECT step, started_version AS version, count(*)::int AS sagas,
  extract(epoch FROM now() - min(entered_at))::float8 AS oldest,
  count(*) FILTER (WHERE coalesce(deadline_at, entered_at) < now() - CASE step WHEN 'REFUNDING' THEN interval '14 days' ELSE $1::float8 * interval '1 ms' END)::int AS overdue,
  count(*) FILTER (WHERE step <> 'REFUNDING' AND started_at < now() - $2::float8 * interval '1 ms')::int AS late
FROM saga WHERE due_minute IS NOT NULL GROUP BY step, started_version`;

/** The open sagas of a step that a version has started. */
export interface OpenSagas {
  readonly step: SagaStep;
  readonly version: string;
  readonly sagas: number;
  /** for how long the oldest has been in the step, in seconds */
  readonly oldest: number;
  /** how many are open for longer than the step allows */
  readonly overdue: number;
  /** how many have not ended though they were accepted longer ago than an order should take */
  readonly late: number;
}

/** The steps and versions of which there are any, by the database's clock. */
export async function countOpenSagas(sql: SqlClient, overdueMs: number, lateMs: number): Promise<readonly OpenSagas[]> {
  const { rows } = await sql.query<OpenSagas>(SQL, [overdueMs, lateMs]);
  return rows;
}
