import { bigint, defineTable, uuid } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';

export const STOCK = defineTable<Stock>('stock', {
  productId: uuid('product_id'),
  onHand: bigint('on_hand'),
  reserved: bigint('reserved'),
  version: bigint('version'),
  versionBase: bigint('version_base'),
});
