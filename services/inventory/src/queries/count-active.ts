import type { Transactor } from '@outrider/service-kit/database';

// Through the index of what can expire, which holds these rows and no others.
const SQL = `SELECT count(*) AS active FROM reservation WHERE status = 'RESERVED'`;

/** How many reservations hold stock. */
export async function countActive(transactor: Transactor): Promise<number> {
  const [row] = (await transactor.read().query<{ active: string }>(SQL)).rows;
  return Number(row?.active ?? 0);
}
