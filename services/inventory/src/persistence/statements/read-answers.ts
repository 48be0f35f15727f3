import type { SqlClient } from '@outrider/service-kit/database';
import type { Answer } from '../../domain/reservation.js';

// A statement of its own, after the lock: joined to the locking one it would see what was there before the wait.
// All answers of the orders, not only those to the batch's commands: they also show which refunds brought stock back.
// The left join returns the database's time in the same round trip, whether there are answers or not.
const SQL = `SELECT t.now, c.order_id, c.reply AS answer FROM (SELECT statement_timestamp() AS now) t
LEFT JOIN reservation_command c ON c.order_id = ANY($1::uuid[])`;

interface Row {
  readonly now: string;
  readonly order_id: string | null;
  readonly answer: Answer | null;
}

/** @returns the answers given so far by order id, and the time by the database's clock, which every replica shares */
export async function readAnswers(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<{ now: Date; answers: ReadonlyMap<string, readonly Answer[]> }> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const answers = new Map<string, Answer[]>();
  for (const { order_id: orderId, answer } of rows) {
    if (orderId === null || answer === null) continue;
    const ofOrder = answers.get(orderId);
    if (ofOrder === undefined) answers.set(orderId, [answer]);
    else ofOrder.push(answer);
  }
  const [first] = rows;
  if (first === undefined) throw new RangeError('the database gave no time');
  return { now: new Date(first.now), answers };
}
