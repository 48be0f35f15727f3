import { CATALOG_PRODUCTS } from './catalog-products.js';
import { DISPUTE_TIMES, DISPUTES } from './disputes.js';
import { ORDER_LINES } from './order-lines.js';
import { ORDER_ORIGINS, ORDERS } from './orders.js';
import { REFUND_ORIGINS, REFUNDS } from './refunds.js';
import { SAGA_UPDATES, SAGAS } from './sagas.js';
import { TIMELINE } from './timeline.js';

/** Every mapping of a table that statements read and write through. */
export const TABLES = [
  ORDERS,
  ORDER_ORIGINS,
  ORDER_LINES,
  SAGAS,
  SAGA_UPDATES,
  TIMELINE,
  REFUNDS,
  REFUND_ORIGINS,
  DISPUTES,
  DISPUTE_TIMES,
  CATALOG_PRODUCTS,
] as const;
