import { subscribe, type EventSubscription, type Message } from '@outrider/service-kit/runtime';
import type { ApplyStockFacts } from '../commands/apply-stock-facts.js';
import type { StockFact } from '../domain/stock.js';

/** inventory → product: every change of stock, whatever caused it. */
export function stockFacts(apply: ApplyStockFacts): EventSubscription {
  return subscribe('product-event', (tx, messages, seen) =>
    apply.execute(
      tx.unread,
      messages.map((message) => factOf(message)),
      seen.map(({ event }) => event.productId),
    ),
  );
}

/** CREATED, INCREMENT_STOCK and DECREMENT_STOCK all carry the whole stock after the change. */
function factOf({ event }: Message<'product-event'>): StockFact {
  const { onHand, reserved, available, version } = event.payload;
  return { productId: event.productId, onHand, reserved, available, version, asOf: Date.parse(event.occurredAt) };
}
