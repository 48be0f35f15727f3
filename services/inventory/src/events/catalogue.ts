import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AnswerWaiting } from '../commands/answer-waiting.js';
import { registerProducts, type NewProduct } from '../commands/register-products.js';

/** What the catalogue tells: new products get their stock, and orders that waited for one are answered at once. */
export function catalogue(answerWaiting: AnswerWaiting): EventSubscription {
  return subscribe('catalog-event', async (tx, messages) => {
    const made = await registerProducts(
      tx,
      messages.flatMap(({ event }) => newProducts(event)),
    );
    if (made === 0) return undefined;
    // should this not come to run, the scanner does it
    return async () => {
      await answerWaiting.run();
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
      // none of them changes what is in stock: pieces of a retired product are still there, and promised ones still sold
      return [];
  }
}
