import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import { applyProducts } from '../commands/apply-products.js';
import type { CatalogProduct } from '../domain/quote-lines.js';

/** Products of the catalogue: order sells at their prices. */
export function catalogEvents(): EventSubscription {
  return subscribe('catalog-event', (tx, messages) =>
    applyProducts(
      tx,
      messages.map(({ event }) => productOf(event)),
    ),
  );
}

function productOf({ productId, eventType, payload }: EventOf<'catalog-event'>): CatalogProduct {
  const { sku, name, price, currency, version } = payload;
  return { id: productId, sku, name, price, currency, version, retired: isRetired(eventType) };
}

function isRetired(eventType: EventOf<'catalog-event'>['eventType']): boolean {
  switch (eventType) {
    case 'PRODUCT_RETIRED':
      return true;
    case 'PRODUCT_REGISTERED':
    case 'PRICE_CHANGED':
    case 'PRODUCT_REINSTATED':
      return false;
  }
}
