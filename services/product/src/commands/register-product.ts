import { newId, type Product, type RegisterProduct as Registration } from '@outrider/contracts';
import { violatedUnique, type Transactor } from '@outrider/service-kit/database';
import { idempotent, type IdempotentRequest, type StoredAnswer } from '@outrider/service-kit/idempotency';
import { catalogueFacts } from '../domain/product.js';
import { ProductEntity, SKU_UNIQUE } from '../persistence/entities/product.entity.js';
import type { PricePolicy } from '../policies/price-policy.js';
import { skuTaken } from '../problems.js';
import { productView } from '../queries/product-view.js';

/** Puts a product into the catalogue and publishes it, once per Idempotency-Key. */
export class RegisterProduct {
  constructor(
    private readonly transactor: Transactor,
    private readonly price: PricePolicy,
  ) {}

  /**
   * @param answer what is kept for the same request coming again
   * @throws ProblemError sku-taken, amount-not-supported (409), and those of idempotent()
   */
  async execute(
    request: IdempotentRequest,
    registration: Registration,
    answer: (product: Product) => StoredAnswer,
  ): Promise<StoredAnswer> {
    const { initialStock, ...facts } = registration;
    try {
      return await this.transactor.run((tx) =>
        idempotent(tx, request, async () => {
          this.price.check(facts);
          const product = tx.em.create(ProductEntity, { id: newId(), ...facts, retired: false, version: 1 });
          await tx.em.persist(product).flush();
          tx.emit('catalog-event', product.id, {
            type: 'PRODUCT_REGISTERED',
            payload: { ...catalogueFacts(product), initialStock },
          });
          return answer(productView(product, null));
        }),
      );
    } catch (error) {
      if (violatedUnique(error) !== SKU_UNIQUE) throw error;
      throw skuTaken(facts.sku);
    }
  }
}
