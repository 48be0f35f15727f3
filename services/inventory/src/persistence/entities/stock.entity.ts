import { defineEntity, p } from '@mikro-orm/core';

/** For reading. Stock moves set-wise only, by apply-movements. */
export const StockEntity = defineEntity({
  name: 'Stock',
  tableName: 'stock',
  properties: {
    productId: p.uuid().primary(),
    onHand: p.bigint('number'),
    reserved: p.bigint('number'),
    version: p.bigint('number'),
    versionBase: p.bigint('number'),
  },
});
