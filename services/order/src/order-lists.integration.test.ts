import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, orderPageSchema, type Order } from '@outrider/contracts';
import pg from 'pg';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('lists of orders', () => {
  let shop: Shop;
  let thing: Product;
  let admin: string;

  beforeAll(async () => {
    shop = await openShop();
    thing = await shop.product({ price: 100 });
    admin = await shop.service.token('boss', 'admin');
  });
  afterAll(() => shop.service.close());

  const customer = (): string => `customer-${randomUUID()}`;
  const tokenOf = (name: string): Promise<string> => shop.service.token(name, 'customer');
  const placed = (name: string): Promise<Order> =>
    shop.placed({ items: [{ productId: thing.id, quantity: 1 }], customer: name });
  async function several(name: string, number: number): Promise<Order[]> {
    const orders: Order[] = [];
    for (let n = 0; n < number; n += 1) orders.push(await placed(name));
    return orders;
  }
  const idsOf = (orders: readonly { readonly id: string }[]): readonly string[] => orders.map(({ id }) => id);

  async function list(query: Readonly<Record<string, string>>, token = admin) {
    const { status, body } = await shop.service.call('GET', `/orders?${new URLSearchParams(query).toString()}`, {
      token,
    });
    expect(status).toBe(200);
    return orderPageSchema.parse(body);
  }
  const listed = async (query: Readonly<Record<string, string>>, token = admin): Promise<readonly string[]> =>
    idsOf((await list(query, token)).data);
  const refused = async (query: Readonly<Record<string, string>>, token = admin): Promise<[number, string]> => {
    const { status, body } = await shop.service.call('GET', `/orders?${new URLSearchParams(query).toString()}`, {
      token,
    });
    return [status, body.type];
  };

  test('by customer: an admin sees whose are asked for, a customer no trace of others’', async () => {
    const [carol, dave] = [customer(), customer()];
    const [theirs, others] = [await several(carol, 2), await several(dave, 1)];
    expect(await listed({ customer_id: carol })).toEqual(idsOf(theirs).toReversed());
    expect(await listed({ customer_id: dave })).toEqual(idsOf(others));
    const token = await tokenOf(carol);
    expect(await listed({ customer_id: carol }, token)).toEqual(idsOf(theirs).toReversed());
    expect(await list({ customer_id: dave }, token)).toEqual({ data: [], has_more: false });
    expect(await list({ customer_id: customer() })).toEqual({ data: [], has_more: false });
    for (const wrong of ['', 'a\u0000', 'x'.repeat(201)]) {
      expect(await refused({ customer_id: wrong })).toEqual([400, '/problems/malformed']);
    }
  });

  test('by several statuses', async () => {
    const name = customer();
    const [failed, cancelled, open] = (await several(name, 3)) as [Order, Order, Order];
    await shop.stock.refuses(failed);
    await shop.service.call('POST', `/orders/${cancelled.id}/cancel`, { token: admin });
    await shop.stock.releases(cancelled);
    await shop.becomes(failed.id, 'FAILED');
    await shop.becomes(cancelled.id, 'CANCELLED');
    expect(await listed({ customer_id: name, status: 'FAILED,CANCELLED' })).toEqual([cancelled.id, failed.id]);
    expect(await listed({ customer_id: name, status: 'CREATED,FAILED' })).toEqual([open.id, failed.id]);
    expect(await listed({ customer_id: name, status: 'CREATED' })).toEqual([open.id]);
    for (const wrong of ['', 'FAILED,', 'FAILED,LOST', 'failed', 'FAILED;CANCELLED']) {
      expect(await refused({ status: wrong })).toEqual([400, '/problems/malformed']);
    }
  });

  test('by when they were placed: from a time on, and before a time', async () => {
    const name = customer();
    const [first, second, third] = (await several(name, 3)) as [Order, Order, Order];
    const at = (order: Order): string => order.createdAt;
    const later = new Date(Date.parse(at(third)) + 1).toISOString();
    expect(await listed({ customer_id: name, created_after: at(first) })).toEqual(idsOf([third, second, first]));
    expect(await listed({ customer_id: name, created_before: later })).toEqual(idsOf([third, second, first]));
    const middle = { created_after: at(second), created_before: at(third) };
    expect(await listed({ customer_id: name, ...middle })).toEqual([second.id]);
    expect(await listed({ customer_id: name, created_after: later })).toEqual([]);
    expect(await listed({ customer_id: name, created_before: at(first) })).toEqual([]);
    // years that a database or a language cannot write are times all the same
    expect(await listed({ customer_id: name, created_after: '0000-01-01T00:00:00Z', limit: '1' })).toEqual([third.id]);
    for (const wrong of ['', 'yesterday', '2026-01-01', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00', '1']) {
      for (const bound of ['created_after', 'created_before', 'updated_since']) {
        expect([wrong, ...(await refused({ [bound]: wrong }))]).toEqual([wrong, 400, '/problems/malformed']);
      }
    }
  });

  test('in pages down, and back up by ending_before', async () => {
    const name = customer();
    const orders = idsOf((await several(name, 7)).toReversed());
    const query = { customer_id: name, limit: '3' };
    const down = await list({ ...query, starting_after: orders[3] ?? '' });
    expect([idsOf(down.data), down.has_more]).toEqual([orders.slice(4), false]);
    const up = await list({ ...query, ending_before: orders[6] ?? '' });
    expect([idsOf(up.data), up.has_more]).toEqual([orders.slice(3, 6), true]);
    const top = await list({ ...query, ending_before: orders[3] ?? '' });
    expect([idsOf(top.data), top.has_more]).toEqual([orders.slice(0, 3), false]);
    expect(await listed({ ...query, ending_before: orders[0] ?? '' })).toEqual([]);
    const between = { starting_after: orders[0] ?? '', ending_before: orders[3] ?? '' };
    expect(await listed({ ...query, ...between })).toEqual(orders.slice(1, 3));
    // an order that is not there has its place among those that are; one that is older than all has all before it
    const oldest = '00000000-0000-7000-8000-000000000000';
    expect(await listed({ ...query, ending_before: newId() })).toEqual([]);
    expect(await listed({ ...query, starting_after: newId() })).toEqual(orders.slice(0, 3));
    expect(await listed({ ...query, starting_after: oldest })).toEqual([]);
    expect(await listed({ ...query, ending_before: oldest })).toEqual(orders.slice(4));
    expect(await refused({ ending_before: 'x' })).toEqual([400, '/problems/malformed']);
  });

  test('a client that keeps asking for what came before the newest one seen gets every order once', async () => {
    const name = customer();
    const anchor = await placed(name);
    const seen: string[] = [];
    let newest = anchor.id;
    const follow = async (): Promise<void> => {
      for (;;) {
        const { data, has_more: more } = await list({ customer_id: name, ending_before: newest, limit: '4' });
        seen.push(...idsOf(data).toReversed());
        newest = data[0]?.id ?? newest;
        if (!more) return;
      }
    };
    const placing = Promise.all(Array.from({ length: 6 }, () => several(name, 8)));
    const placedAll = placing.then(() => true);
    while (!(await Promise.race([placedAll, Promise.resolve(false)]))) await follow();
    const orders = (await placing).flat();
    await follow();
    expect(seen.toSorted()).toEqual(idsOf(orders).toSorted());
  });

  test('as they change, for admins: in the order of the changes, from a time on', async () => {
    const name = customer();
    const [first, second, third] = (await several(name, 3)) as [Order, Order, Order];
    await shop.stock.refuses(second);
    const changed = await shop.becomes(second.id, 'FAILED');
    const query = { customer_id: name, updated_since: first.updatedAt };
    expect(await listed(query)).toEqual(idsOf([first, third, second]));
    expect(await listed({ ...query, starting_after: first.id })).toEqual(idsOf([third, second]));
    expect(await listed({ ...query, updated_since: changed.updatedAt })).toEqual([second.id]);
    expect(await listed({ ...query, updated_since: changed.updatedAt, starting_after: second.id })).toEqual([]);
    expect(await listed({ ...query, ending_before: second.id, limit: '1' })).toEqual([third.id]);
    expect(await listed({ ...query, status: 'FAILED' })).toEqual([second.id]);
    expect(await refused({ updated_since: first.updatedAt }, await tokenOf(name))).toEqual([
      403,
      '/problems/forbidden',
    ]);
  });

  test('a client that follows the changes misses none of a transaction that takes long', async () => {
    const name = customer();
    const [slow, quick] = (await several(name, 2)) as [Order, Order];
    const query = { customer_id: name, updated_since: quick.updatedAt, starting_after: quick.id };
    // only the service's own role writes here
    const client = new pg.Client({ connectionString: shop.service.roleUrl });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `WITH s AS (UPDATE saga SET updated_at=clock_timestamp(), version=version+1 WHERE order_id=$1 RETURNING *)
         INSERT INTO saga_timeline(order_id, version, at, input, step, status, sent)
         SELECT order_id, version, updated_at, 'RETRY', step, status, '{}' FROM s`,
        [slow.id],
      );
      await shop.stock.refuses(quick);
      await shop.becomes(quick.id, 'FAILED');
      expect(await listed(query)).toEqual([]);
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
    expect(await listed(query)).toEqual(idsOf([slow, quick]));
  });
});
