import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AnswerWaiting } from '../commands/answer-waiting.js';
import { registerProducts, type NewProduct } from '../commands/register-products.js';

/** product → inventory: new products get their stock, and orders that waited for one are answered at once. */
export function catalogue(answerWaiting: AnswerWaiting): EventSubscription {
  return subscribe('catalog-event', async (tx, messages) => {
    const made = await registerProducts(
      tx,
      messages.flatMap(({ event }) => newProducts(event)),
    );
    if (made === 0) return undefined;
    // should the process end before this, the scanner does it
    return async () => {
      await answerWaiting.execute();
    };
  });
}

function newProducts({ productId, ...event }: EventOf<'catalog-event'>): NewProduct[] {
  switch (event.eventType) {
    case 'PRODUCT_REGISTERED':
      return [{ productId, initialStock: event.payload.initialStock }];
    case 'PRICE_CHANGED':
    case 'PRODUCT_RETIRED':
    case 'PRODUCT_REINSTATED':
      // none of them changes what is in stock: pieces of a retired product are still there, and reserved ones are still sold
      return [];
  }
}
