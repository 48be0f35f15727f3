import type { Adjustment } from '@outrider/contracts';
import type { OrderLine, QuotedLine } from './accepted-order.js';
import { apportion } from './apportion.js';

/** Whether an adjustment changes what the lines cost, or stands beside them: by default only shipping does. */
export function appliesToLines({ kind, appliesTo }: Pick<Adjustment, 'kind' | 'appliesTo'>): boolean {
  return appliesTo === undefined ? kind !== 'shipping' : appliesTo === 'lines';
}

/**
 * What was agreed for each line: its part of the adjustments that apply to lines, in proportion to what the pieces cost
 * (to their number, where all are free). The lines together never cost less than nothing nor more than the total: a
 * voucher that is larger than the goods takes the rest off what stands beside them, and a discount on shipping that is
 * larger than the shipping takes the rest off the goods. Equal remainders go by product, price and quantity, so the
 * order of the lines does not matter.
 *
 * @param step in which the provider moves money, in minor units: where prices and adjustments are multiples of it, so
 *   is what each line costs, and can be given back
 */
export function allocate(
  lines: readonly QuotedLine[],
  adjustments: readonly Adjustment[],
  total: number,
  step = 1,
): readonly OrderLine[] {
  const values = lines.map(({ quantity, unitPrice }) => quantity * unitPrice);
  const goods = sumOf(values);
  const asked = sumOf(adjustments.filter((one) => appliesToLines(one)).map(({ amount }) => amount));
  const paid = Math.min(total, Math.max(0, goods + asked));
  const weights = goods === 0 ? lines.map(({ quantity }) => quantity) : values;
  const inOrder = (one: number, other: number): number => compareLines(lines[one], lines[other]);
  const unit = [paid - goods, ...values].every((amount) => amount % step === 0) ? step : 1;
  const shares = apportion((paid - goods) / unit, weights, inOrder);
  return lines.map((line, index) => ({ ...line, adjustmentAmount: (shares[index] ?? 0) * unit }));
}

function compareLines(one?: QuotedLine, other?: QuotedLine): number {
  if (one === undefined || other === undefined) return 0;
  if (one.productId !== other.productId) return one.productId < other.productId ? -1 : 1;
  return one.unitPrice - other.unitPrice || one.quantity - other.quantity;
}

/** What was agreed for all pieces of a line, in minor units. */
export function lineTotal({
  quantity,
  unitPrice,
  adjustmentAmount,
}: Pick<OrderLine, 'quantity' | 'unitPrice' | 'adjustmentAmount'>): number {
  return quantity * unitPrice + adjustmentAmount;
}

/** What was paid for the pieces of each product, and how many there are. */
export function paidForProducts(
  lines: readonly OrderLine[],
): ReadonlyMap<string, { readonly quantity: number; readonly paid: number }> {
  const products = new Map<string, { quantity: number; paid: number }>();
  for (const line of lines) {
    const { quantity = 0, paid = 0 } = products.get(line.productId) ?? {};
    products.set(line.productId, { quantity: quantity + line.quantity, paid: paid + lineTotal(line) });
  }
  return products;
}

/**
 * What was paid beside the lines, by kind: the surcharges that do not apply to lines, less what vouchers and discounts
 * took off them.
 *
 * @param step as in allocate
 */
export function paidBesideLines(
  lines: readonly OrderLine[],
  adjustments: readonly Adjustment[],
  total: number,
  step = 1,
): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const one of adjustments) {
    if (!appliesToLines(one) && one.amount > 0) kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + one.amount);
  }
  const names = [...kinds.keys()].sort();
  const beside = total - sumOf(lines.map((line) => lineTotal(line)));
  const unit = beside % step === 0 ? step : 1;
  const shares = apportion(
    beside / unit,
    names.map((name) => kinds.get(name) ?? 0),
    (one, other) => one - other,
  );
  return new Map(names.map((name, index) => [name, (shares[index] ?? 0) * unit]));
}

/**
 * What the first `pieces` of `quantity` cost, when all cost `paid`: a multiple of `step`, in which the provider moves money, and all
 * of them exactly all.
 */
export function worthOfFirst(pieces: number, quantity: number, paid: number, step: number): number {
  if (pieces === quantity) return paid;
  return Number((BigInt(paid) * BigInt(pieces)) / (BigInt(quantity) * BigInt(step))) * step;
}

export function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** A line as it is stored; a version before this one wrote no part of the adjustments. */
export interface StoredLine extends QuotedLine {
  readonly adjustmentAmount: number | null;
}

/** Lines as they are stored, each with its part of the adjustments. */
export function agreedLines(
  lines: readonly StoredLine[],
  adjustments: readonly Adjustment[],
  total: number,
): readonly OrderLine[] {
  const known = lines.filter((line): line is OrderLine => line.adjustmentAmount !== null);
  return known.length === lines.length ? known : allocate(lines, adjustments, total);
}
