import { Controller, Inject } from '@nestjs/common';
import type { Product } from '@outrider/contracts';
import { Endpoint, principalName, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { ChangeProduct } from '../commands/change-product.js';
import { RegisterProduct } from '../commands/register-product.js';
import { RetireProduct } from '../commands/retire-product.js';
import { GetProduct } from '../queries/get-product.js';
import { ListProducts } from '../queries/list-products.js';
import { changeProduct, getProduct, listProducts, registerProduct, retireProduct } from './product-endpoints.js';

@Controller()
export class ProductController {
  constructor(
    @Inject(RegisterProduct) private readonly register: RegisterProduct,
    @Inject(ChangeProduct) private readonly change: ChangeProduct,
    @Inject(RetireProduct) private readonly retire: RetireProduct,
    @Inject(GetProduct) private readonly get: GetProduct,
    @Inject(ListProducts) private readonly list: ListProducts,
  ) {}

  @Endpoint(registerProduct)
  async registerProduct({ principal, idempotencyKey, body }: RequestOf<typeof registerProduct>): Promise<Answer> {
    const request = {
      principal: principalName(principal),
      route: registerProduct.operationId,
      key: idempotencyKey,
      body,
    };
    return this.register.execute(request, body, (product) => ({
      status: 201,
      headers: { ...etagOf(product), location: `/products/${product.id}` },
      body: product,
    }));
  }

  @Endpoint(changeProduct)
  async changeProduct({ params, body, ifMatch }: RequestOf<typeof changeProduct>): Promise<Answer> {
    const changed = await this.change.execute({ id: params.id, ...body, seenVersion: ifMatch });
    return shown(await this.get.withStock(changed));
  }

  @Endpoint(retireProduct)
  async retireProduct({ params, ifMatch }: RequestOf<typeof retireProduct>): Promise<Answer> {
    await this.retire.execute(params.id, ifMatch);
    return { status: 204 };
  }

  @Endpoint(getProduct)
  async getProduct({ params }: RequestOf<typeof getProduct>): Promise<Answer> {
    return shown(await this.get.execute(params.id));
  }

  @Endpoint(listProducts)
  async listProducts({ query }: RequestOf<typeof listProducts>): Promise<Answer> {
    const { limit, starting_after: after, ids, sku, retired } = query;
    return { status: 200, body: await this.list.execute({ limit, after, ids, sku, retired }) };
  }
}

function shown(product: Product): Answer {
  return { status: 200, headers: etagOf(product), body: product };
}

function etagOf(product: Product): { etag: string } {
  return { etag: `"${product.version}"` };
}
