import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, orderSchema, type Order } from '@outrider/contracts';
import { call } from '../api/call.js';
import { forEach } from '../api/for-each.js';

export interface FollowOrders {
  readonly orderUrl: string;
  readonly token: string;
  readonly ids: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: (ended: number) => void;
  /** the customer's part, for an order that shows what the customer must do; once for each */
  readonly act: (redirectUrl: string) => Promise<void>;
  /** nothing may change for this long, ms */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;
/** Orders end about in the order in which they were placed, so only the oldest open ones are looked at. */
const ORDERS_A_LOOK = 32;
const AT_A_TIME = 4;

/**
 * Waits until each order has ended.
 *
 * @returns every order as it was seen last; one that has not ended is stuck: nothing changed at all for a minute
 */
export async function followOrders(work: FollowOrders): Promise<ReadonlyMap<string, Order>> {
  const seen = new Map<string, Order>();
  const acted = new Set<string>();
  let open = work.ids;
  let changed = performance.now();
  while (open.length > 0 && performance.now() - changed < (work.patienceMs ?? PATIENCE_MS)) {
    const look = open.slice(0, ORDERS_A_LOOK);
    await forEach(look, AT_A_TIME, async (id) => {
      const order = await readOrder(work, id);
      if (seen.get(id)?.version !== order.version) changed = performance.now();
      seen.set(id, order);
      const redirectUrl = order.action?.redirectUrl;
      if (redirectUrl === undefined || hasEnded(order) || acted.has(redirectUrl)) return;
      acted.add(redirectUrl);
      await work.act(redirectUrl);
    });
    open = open.filter((id) => !hasEnded(seen.get(id)));
    work.progress(work.ids.length - open.length);
    if (look.some((id) => !hasEnded(seen.get(id)))) await sleep(LOOK_EVERY_MS, undefined, { signal: work.signal });
  }
  // What waited behind the stuck ones may have ended long ago.
  await forEach(open, AT_A_TIME, async (id) => {
    seen.set(id, await readOrder(work, id));
  });
  return seen;
}

/** True when the order is known and nothing more will happen to it. */
function hasEnded(order: Order | undefined): boolean {
  return order !== undefined && isTerminal(order.status);
}

async function readOrder({ orderUrl, token, signal }: FollowOrders, id: string): Promise<Order> {
  const { body } = await call({ method: 'GET', url: `${orderUrl}/orders/${id}`, token, answer: orderSchema, signal });
  return body;
}
