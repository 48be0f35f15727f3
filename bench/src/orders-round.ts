import { CommandError } from '@outrider/scripts/cli/errors';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import type { OrdersFile } from '@outrider/scripts/orders/load-orders';
import { DEFAULT_CONCURRENCY, runOrders } from '@outrider/scripts/orders/run-orders';

const CUSTOMERS = 50;

/** Orders of one piece each. @param name of the file, and of its orders: another one for each round */
export function ordersOf(count: number, name: string, skuOf: (order: number) => string): OrdersFile {
  const orders = Array.from({ length: count }, (_, order) => ({
    orderId: `${name}-${order}`,
    customer: `customer-${order % CUSTOMERS}`,
    date: '2026-01-01',
    lines: [{ sku: skuOf(order), quantity: 1, unitPriceCents: 100 }],
  }));
  return { path: name, fingerprint: name, orders, problems: [] };
}

/**
 * Orders through an installation.
 * @returns orders a second, from the first POST to the last order's end
 * @throws CommandError when not every order completes
 */
export async function ordersPerSecond(
  running: Running,
  file: OrdersFile,
  screen: Screen,
  signal: AbortSignal,
): Promise<number> {
  const ran = await runOrders({ running, file, stockPercent: 100, concurrency: DEFAULT_CONCURRENCY, screen, signal });
  const completed = ran.orders.filter(({ status }) => status === 'COMPLETED');
  if (completed.length < file.orders.length) {
    throw new CommandError(`Of ${file.orders.length} orders ${completed.length} were completed.`);
  }
  const ended = Math.max(...completed.map(({ updatedAt }) => Date.parse(updatedAt)));
  return (completed.length * 1_000) / (ended - ran.startedAt);
}
