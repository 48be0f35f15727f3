import { adjustedStockSchema, adjustStockSchema, productIdSchema, stockSchema } from '@outrider/contracts';
import { defineEndpoint, replayed } from '@outrider/service-kit/http';
import { z } from 'zod';

const access = { roles: ['admin'], scope: 'inventory:stock' } as const;
const params = z.object({ productId: productIdSchema });

export const getStock = defineEndpoint({
  operationId: 'getStock',
  method: 'GET',
  path: '/stock/:productId',
  summary: 'Read the stock of a product',
  description: 'How many pieces are on hand, reserved and available.',
  access,
  params,
  responses: { 200: { description: 'The stock', body: stockSchema } },
  problems: ['product-unknown'],
});

export const adjustStock = defineEndpoint({
  operationId: 'adjustStock',
  method: 'POST',
  path: '/stock/:productId/adjustments',
  summary: 'Adjust the stock of a product',
  description: 'Adds pieces to what is on hand or takes some away. The same reference again has no second effect.',
  access,
  params,
  body: adjustStockSchema,
  responses: {
    200: {
      description: 'The stock after the adjustment',
      body: adjustedStockSchema,
      headers: { 'Idempotent-Replayed': replayed('reference') },
    },
  },
  problems: ['product-unknown', 'stock-insufficient', 'idempotency-key-reused'],
});
