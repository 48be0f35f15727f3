import type { SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';

const SQL = `SELECT on_hand_delta, on_hand, reserved, version FROM stock_movement
WHERE product_id = $1 AND reference = $2 AND reason = 'ADJUSTED'`;

interface Row {
  readonly on_hand_delta: string;
  readonly on_hand: string;
  readonly reserved: string;
  readonly version: string;
}

/** @returns the adjustment with this reference and the stock it led to, if there was one */
export async function findAdjustment(
  sql: SqlClient,
  productId: string,
  reference: string,
): Promise<{ readonly delta: number; readonly after: Omit<Stock, 'versionBase'> } | undefined> {
  const [row] = (await sql.query<Row>(SQL, [productId, reference])).rows;
  if (row === undefined) return undefined;
  return {
    delta: Number(row.on_hand_delta),
    after: {
      productId,
      onHand: Number(row.on_hand),
      reserved: Number(row.reserved),
      version: Number(row.version),
    },
  };
}
