import { TERMINAL_STATUSES } from '@outrider/contracts';
import type { Row, SqlClient } from '@outrider/service-kit/database';
import { SAGAS } from '../tables/sagas.js';

const STANDING = SAGAS.pick('orderId', 'status', 'action', 'version');

// By the primary key, each time that somebody waits: those that are still under way are not worth being sent.
const SQL = `SELECT ${STANDING.select('s')} FROM saga s
WHERE s.order_id = ANY($1::uuid[]) AND (s.status = ANY($2::text[]) OR s.action IS NOT NULL)`;

/** How these orders stand, those left out that go on by themselves, and unknown ones. */
export async function readStandings(sql: SqlClient, orderIds: readonly string[]) {
  const { rows } = await sql.query<Row>(SQL, [orderIds, TERMINAL_STATUSES]);
  return new Map(
    rows.map((row) => {
      const { orderId, ...standing } = STANDING.read(row);
      return [orderId, standing];
    }),
  );
}
