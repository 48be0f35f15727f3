import { randomUUID } from 'node:crypto';
import type { PayloadOf, Product } from '@outrider/contracts';
import type { CallResult, TestService } from '@outrider/service-kit/testing';

type Fact = PayloadOf<'product-event', 'CREATED'>;

/** What an admin and inventory do to a product service under test. */
export interface Shop {
  readonly admin: string;
  register(product?: Record<string, unknown>, key?: string): Promise<CallResult>;
  registered(product?: Record<string, unknown>): Promise<Product>;
  read(id: string): Promise<Product>;
  /** Inventory says: so many are available at this version. */
  stock(id: string, version: number, available: number): Promise<void>;
  /** Waits until the database holds the version. */
  held(id: string, version: number): Promise<void>;
  /** A counter's value. */
  metric(name: string): Promise<number>;
}

export async function openShop(service: TestService): Promise<Shop> {
  const admin = await service.token('root', 'admin');
  const register: Shop['register'] = (product = {}, key = randomUUID()) =>
    service.call('POST', '/products', {
      token: admin,
      headers: { 'idempotency-key': key },
      body: { sku: `S-${randomUUID()}`, name: 'Tea', price: 250, currency: 'EUR', ...product },
    });
  return {
    admin,
    register,
    async registered(product) {
      const answer = await register(product);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body as Product;
    },
    async read(id) {
      const answer = await service.call('GET', `/products/${id}`);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return answer.body as Product;
    },
    async stock(id, version, available) {
      await service.publish(
        'product-event',
        version === 1 ? 'CREATED' : 'INCREMENT_STOCK',
        id,
        fact(version, available),
      );
    },
    held: (id, version) =>
      service.until(`version ${version} of the stock of ${id} is held`, async () => {
        const [row] = await service.sql<{ version: string }>('SELECT version FROM product_stock WHERE product_id=$1', [
          id,
        ]);
        return Number(row?.version ?? 0) >= version;
      }),
    async metric(name) {
      const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
      const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`there is no metric ${name}`);
      return Number(value);
    },
  };
}

/** A stock fact with 3 pieces reserved. */
export function fact(version: number, available: number): Fact {
  return { delta: 1, onHand: available + 3, reserved: 3, available, version };
}
