import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Answer } from '../../domain/reservation.js';
import { ANSWERS } from '../tables/reservations.js';

// A statement of its own, after the lock: joined to the locking one it would see what was there before the wait.
// All answers of the orders, not only those to the batch's commands: they also show which refunds brought stock back.
// The left join returns the database's time in the same round trip, whether there are answers or not.
const SQL = `SELECT t.now, ${ANSWERS.select('c')} FROM (SELECT statement_timestamp()::text AS now) t
LEFT JOIN reservation_command c ON c.order_id = ANY($1::uuid[])`;

/** @returns the answers given so far by order id, and the time by the database's clock, which every replica shares */
export async function readAnswers(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<{ now: Date; answers: ReadonlyMap<string, readonly Answer[]> }> {
  const { rows } = await sql.query<Row & { readonly now: string }>(SQL, [orderIds]);
  const answers = new Map<string, Answer[]>();
  for (const row of rows) {
    if (row[ANSWERS.columns.orderId.name] === null) continue;
    const { orderId, answer } = ANSWERS.read(row);
    const ofOrder = answers.get(orderId);
    if (ofOrder === undefined) answers.set(orderId, [answer]);
    else ofOrder.push(answer);
  }
  const [first] = rows;
  if (first === undefined) throw new RangeError('the database gave no time');
  return { now: new Date(first.now), answers };
}
