import { fileOrderSchema, type FileOrder } from './order-line.js';

/** Why a line is not used. */
export interface LineProblem {
  /** from 1 */
  readonly line: number;
  readonly reason: string;
}

export interface ReadOrders {
  readonly orders: readonly FileOrder[];
  readonly problems: readonly LineProblem[];
}

/**
 * Reads orders, one JSON object a line. A line that cannot be used is a problem and the others go on; so is an
 * orderId that came before, and a sku at another price than on the lines before it. Empty lines count for nothing.
 */
export function readOrders(content: string): ReadOrders {
  const orders: FileOrder[] = [];
  const problems: LineProblem[] = [];
  const lineOfOrder = new Map<string, number>();
  const priceOfSku = new Map<string, { readonly cents: number; readonly line: number }>();
  for (const [index, raw] of content.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const read = readLine(raw);
    const reason = 'reason' in read ? read.reason : conflict(read.order, lineOfOrder, priceOfSku);
    if ('reason' in read || reason !== undefined) {
      problems.push({ line, reason: reason ?? '' });
      continue;
    }
    lineOfOrder.set(read.order.orderId, line);
    for (const { sku, unitPriceCents } of read.order.lines) {
      if (!priceOfSku.has(sku)) priceOfSku.set(sku, { cents: unitPriceCents, line });
    }
    orders.push(read.order);
  }
  return { orders, problems };
}

function readLine(raw: string): { readonly order: FileOrder } | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    return { reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const result = fileOrderSchema.safeParse(value);
  if (result.success) return { order: result.data };
  return {
    reason: result.error.issues
      .map((issue) => `${issue.path.length === 0 ? 'the line' : issue.path.join('.')}: ${issue.message}`)
      .join('; '),
  };
}

function conflict(
  order: FileOrder,
  lineOfOrder: ReadonlyMap<string, number>,
  priceOfSku: ReadonlyMap<string, { readonly cents: number; readonly line: number }>,
): string | undefined {
  const before = lineOfOrder.get(order.orderId);
  if (before !== undefined) return `orderId: ${order.orderId} is already on line ${before}`;
  const here = new Map<string, number>();
  for (const [index, { sku, unitPriceCents }] of order.lines.entries()) {
    const known = priceOfSku.get(sku);
    const cents = known?.cents ?? here.get(sku);
    if (cents !== undefined && cents !== unitPriceCents) {
      const where = known === undefined ? 'on this line' : `on line ${known.line}`;
      return `lines.${index}.unitPriceCents: ${sku} costs ${unitPriceCents} here and ${cents} ${where}`;
    }
    here.set(sku, unitPriceCents);
  }
  return undefined;
}
