import { Controller, Inject } from '@nestjs/common';
import type { Stock as StockAnswer } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { Endpoint, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { AdjustStock } from '../commands/adjust-stock.js';
import { levels } from '../domain/stock-facts.js';
import type { Stock } from '../domain/stock.js';
import { getStock } from '../queries/get-stock.js';
import * as endpoints from './stock-endpoints.js';

@Controller()
export class StockController {
  constructor(
    @Inject(Transactor) private readonly transactor: Transactor,
    @Inject(AdjustStock) private readonly adjustStock: AdjustStock,
  ) {}

  @Endpoint(endpoints.getStock)
  async read({ params }: RequestOf<typeof endpoints.getStock>): Promise<Answer> {
    return { status: 200, body: shown(await getStock(this.transactor, params.productId)) };
  }

  @Endpoint(endpoints.adjustStock)
  async adjust({ params, body }: RequestOf<typeof endpoints.adjustStock>): Promise<Answer> {
    const { stock, again } = await this.adjustStock.execute({ ...params, ...body });
    return { status: 200, body: shown(stock), ...(again && { headers: { 'idempotent-replayed': 'true' } }) };
  }
}

function shown(stock: Stock): StockAnswer {
  return { productId: stock.productId, ...levels(stock) };
}
