import type { Transactor } from '@outrider/service-kit/database';
import type { SagaStep } from '../domain/saga-state.js';

// Every open saga has a clock: the index of what is due holds exactly them.
const SQL = `SELECT step, count(*)::int AS sagas, extract(epoch FROM now() - min(entered_at))::float8 AS oldest
FROM saga WHERE due_at IS NOT NULL GROUP BY step`;

/** How many sagas stand in a step, and for how long the oldest has, in seconds. */
export interface OpenSagas {
  readonly step: SagaStep;
  readonly sagas: number;
  readonly oldest: number;
}

/** The steps in which there are any. */
export async function countOpenSagas(transactor: Transactor): Promise<readonly OpenSagas[]> {
  const { rows } = await transactor.read().sql.query<OpenSagas>(SQL);
  return rows;
}
