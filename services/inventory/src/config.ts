import { milliseconds } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';

/** Inventory's settings, by the names of their environment variables. Times in milliseconds. */
export const inventoryConfig = z.object({
  ...serviceSettings,
  /** how long stock is kept for an order that is not confirmed */
  RESERVATION_EXPIRY_MS: milliseconds.default(15 * 60_000),
  /**
   * how long it is kept at the most when order asks for longer, because the customer must act; counted from the same
   * moment. Longer than order waits for such a customer (CUSTOMER_ACTION_LONGEST_MS and a margin); no longer than
   * RESERVATION_EXPIRY_MS: it is never kept longer (docs/decisions/042)
   */
  RESERVATION_LONGEST_MS: milliseconds.default(3 * 3_600_000),
  /** how long an order for a product that is not known yet waits for its registration (docs/decisions/010) */
  UNKNOWN_PRODUCT_WAIT_MS: milliseconds.default(5 * 60_000),
  /** how often to look for reservations whose time is over */
  RESERVATION_SCAN_MS: milliseconds.default(5_000),
});
export type InventoryConfig = z.infer<typeof inventoryConfig>;
