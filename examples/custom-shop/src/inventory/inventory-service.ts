import { inventoryServiceWith } from '@outrider/inventory';
import { ShorterForMany } from './shorter-for-many.js';

/** The inventory service as this shop runs it: 50 pieces or more are kept for five minutes only. */
export const shopInventoryService = inventoryServiceWith(({ RESERVATION_EXPIRY_MS: usual }) => ({
  reservationTime: new ShorterForMany({ usual, many: Math.min(usual, 300_000), from: 50 }),
}));
