import type { SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';

const SQL = `SELECT on_hand_delta, note, on_hand, reserved, version FROM stock_movement
WHERE product_id = $1 AND reference = $2 AND reason = 'ADJUSTED'`;

interface Row {
  readonly on_hand_delta: string;
  readonly note: string;
  readonly on_hand: string;
  readonly reserved: string;
  readonly version: string;
}

/** An adjustment as it was asked for, and the stock it led to. */
export interface FoundAdjustment {
  readonly delta: number;
  readonly reason: string;
  readonly after: Omit<Stock, 'versionBase'>;
}

/** @returns the adjustment with this reference and the stock it led to, if there was one */
export async function findAdjustment(
  sql: SqlClient,
  productId: string,
  reference: string,
): Promise<FoundAdjustment | undefined> {
  const [row] = (await sql.query<Row>(SQL, [productId, reference])).rows;
  if (row === undefined) return undefined;
  return {
    delta: Number(row.on_hand_delta),
    reason: row.note,
    after: {
      productId,
      onHand: Number(row.on_hand),
      reserved: Number(row.reserved),
      version: Number(row.version),
    },
  };
}
