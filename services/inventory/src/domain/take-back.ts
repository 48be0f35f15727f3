import type { ReservationLine } from './reservation.js';

/**
 * Takes sold pieces back, at most as many as were sold and have not come back before.
 *
 * @param wanted pieces per product
 * @returns the lines with what came back counted, and the pieces per product that really did
 */
export function takeBack(
  lines: readonly ReservationLine[],
  wanted: ReadonlyMap<string, number>,
): { lines: readonly ReservationLine[]; taken: ReadonlyMap<string, number> } {
  const left = new Map(wanted);
  const taken = new Map<string, number>();
  const after = lines.map((line) => {
    const pieces = Math.min(left.get(line.productId) ?? 0, line.quantity - line.restocked);
    if (pieces <= 0) return line;
    left.set(line.productId, (left.get(line.productId) ?? 0) - pieces);
    taken.set(line.productId, (taken.get(line.productId) ?? 0) + pieces);
    return { ...line, restocked: line.restocked + pieces };
  });
  return { lines: after, taken };
}
