import type { SqlClient } from '@outrider/service-kit/database';
import type { Reply } from '../../domain/reservation.js';

// A statement of its own, after the lock: joined to the locking one it would see what stood there before the wait.
// All answers of the orders, not just those to the batch's commands: they also tell which refunds brought stock back.
// The left join brings the database's time along in the same round trip, whether there are answers or not.
const SQL = `SELECT t.now, c.order_id, c.reply FROM (SELECT statement_timestamp() AS now) t
LEFT JOIN reservation_command c ON c.order_id = ANY($1::uuid[])`;

interface Row {
  readonly now: string;
  readonly order_id: string | null;
  readonly reply: Reply | null;
}

/** @returns the answers given so far by order id, and the time by the database's clock, which every replica shares */
export async function readReplies(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<{ now: Date; replies: ReadonlyMap<string, readonly Reply[]> }> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const replies = new Map<string, Reply[]>();
  for (const { order_id: orderId, reply } of rows) {
    if (orderId === null || reply === null) continue;
    const ofOrder = replies.get(orderId);
    if (ofOrder === undefined) replies.set(orderId, [reply]);
    else ofOrder.push(reply);
  }
  const [first] = rows;
  if (first === undefined) throw new RangeError('the database gave no time');
  return { now: new Date(first.now), replies };
}
