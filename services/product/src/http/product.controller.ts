import { Controller, Inject } from '@nestjs/common';
import type { Product } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { Endpoint, principalName, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { ChangeProduct } from '../commands/change-product.js';
import { RegisterProduct } from '../commands/register-product.js';
import { RetireProduct } from '../commands/retire-product.js';
import { GetProduct, withStock } from '../queries/get-product.js';
import { listProducts } from '../queries/list-products.js';
import { StockLevels } from '../stock-cache/stock-levels.js';
import * as endpoints from './product-endpoints.js';

@Controller()
export class ProductController {
  constructor(
    @Inject(Transactor) private readonly transactor: Transactor,
    @Inject(StockLevels) private readonly levels: StockLevels,
    @Inject(GetProduct) private readonly getProduct: GetProduct,
    @Inject(RegisterProduct) private readonly registerProduct: RegisterProduct,
    @Inject(ChangeProduct) private readonly changeProduct: ChangeProduct,
    @Inject(RetireProduct) private readonly retireProduct: RetireProduct,
  ) {}

  @Endpoint(endpoints.registerProduct)
  async register(request: RequestOf<typeof endpoints.registerProduct>): Promise<Answer> {
    const { principal, idempotencyKey, body } = request;
    const route = endpoints.registerProduct.operationId;
    return this.registerProduct.execute(
      { principal: principalName(principal), route, key: idempotencyKey, body },
      body,
      (product) => ({
        status: 201,
        headers: { ...etagOf(product), location: `/products/${product.id}` },
        body: product,
      }),
    );
  }

  @Endpoint(endpoints.changeProduct)
  async change({ params, body, ifMatch }: RequestOf<typeof endpoints.changeProduct>): Promise<Answer> {
    const changed = await this.changeProduct.execute({ id: params.id, ...body, seenVersion: ifMatch });
    return shown(await withStock(this.levels, changed));
  }

  @Endpoint(endpoints.retireProduct)
  async retire({ params, ifMatch }: RequestOf<typeof endpoints.retireProduct>): Promise<Answer> {
    await this.retireProduct.execute(params.id, ifMatch);
    return { status: 204 };
  }

  @Endpoint(endpoints.getProduct)
  async read({ params }: RequestOf<typeof endpoints.getProduct>): Promise<Answer> {
    return shown(await this.getProduct.execute(params.id));
  }

  @Endpoint(endpoints.listProducts)
  async list({ query }: RequestOf<typeof endpoints.listProducts>): Promise<Answer> {
    const { limit, starting_after: after, ids, sku, retired } = query;
    return { status: 200, body: await listProducts(this.transactor, this.levels, { limit, after, ids, sku, retired }) };
  }
}

function shown(product: Product): Answer {
  return { status: 200, headers: etagOf(product), body: product };
}

function etagOf(product: Product): { etag: string } {
  return { etag: `"${product.version}"` };
}
