import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';
import { MOVEMENTS } from '../tables/movements.js';

const SQL = `SELECT ${MOVEMENTS.select('m')} FROM stock_movement m
WHERE m.product_id = $1 AND m.reference = $2 AND m.reason = 'ADJUSTED'`;

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
  const { onHandDelta, note, onHand, reserved, version } = MOVEMENTS.read(row);
  return { delta: onHandDelta, reason: note ?? '', after: { productId, onHand, reserved, version } };
}
