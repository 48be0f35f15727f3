import type { ProductQuantity } from '@outrider/contracts';

/** The pieces of each product, all its lines counted together; in the order in which the products first come. */
export function sumByProduct(lines: readonly ProductQuantity[]): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of lines) pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  return pieces;
}
