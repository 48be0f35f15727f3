import { Controller, Inject } from '@nestjs/common';
import {
  adjustedStockSchema,
  adjustStockSchema,
  productIdSchema,
  stockSchema,
  type Stock as StockAnswer,
} from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { defineEndpoint, Endpoint, replayed, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { z } from 'zod';
import { AdjustStock } from '../commands/adjust-stock.js';
import { productUnknown } from '../problems.js';
import { levels } from '../domain/stock-facts.js';
import type { Stock } from '../domain/stock.js';
import { getStock } from '../queries/get-stock.js';

const access = { roles: ['admin'], scope: 'inventory:stock' } as const;
const params = z.object({ productId: productIdSchema });

const readStock = defineEndpoint({
  operationId: 'getStock',
  method: 'GET',
  path: '/stock/:productId',
  summary: 'What there is of a product',
  access,
  params,
  responses: { 200: { description: 'the stock', body: stockSchema } },
  problems: ['product-unknown'],
});

const adjustStock = defineEndpoint({
  operationId: 'adjustStock',
  method: 'POST',
  path: '/stock/:productId/adjustments',
  summary: 'Adds pieces to what is on hand or takes some away; the same reference again has no second effect',
  access,
  params,
  body: adjustStockSchema,
  responses: {
    200: {
      description: 'the stock after it',
      body: adjustedStockSchema,
      headers: { 'Idempotent-Replayed': replayed('reference') },
    },
  },
  problems: ['product-unknown', 'stock-insufficient', 'idempotency-key-reused'],
});

@Controller()
export class StockController {
  constructor(
    @Inject(Transactor) private readonly transactor: Transactor,
    @Inject(AdjustStock) private readonly adjustStock: AdjustStock,
  ) {}

  @Endpoint(readStock)
  async read({ params }: RequestOf<typeof readStock>): Promise<Answer> {
    const stock = await getStock(this.transactor, params.productId);
    if (stock === undefined) throw productUnknown();
    return { status: 200, body: shown(stock) };
  }

  @Endpoint(adjustStock)
  async adjust({ params, body }: RequestOf<typeof adjustStock>): Promise<Answer> {
    const { stock, again } = await this.adjustStock.adjust({ ...params, ...body });
    return { status: 200, body: shown(stock), ...(again && { headers: { 'idempotent-replayed': 'true' } }) };
  }
}

function shown(stock: Stock): StockAnswer {
  return { productId: stock.productId, ...levels(stock) };
}
