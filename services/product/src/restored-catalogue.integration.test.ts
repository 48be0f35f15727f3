import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventOf, Product } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { productService } from './product.module.js';
import { openShop, type Shop } from './testing/shop.js';

let service: TestService;
let shop: Shop;
beforeAll(async () => {
  service = await startTestService(productService, { env: { RESTATE_POLL_MS: '50' } });
  shop = await openShop(service);
});
afterAll(() => service.close());

type CatalogueEvent = EventOf<'catalog-event'>;

const patch = async (id: string, body: unknown): Promise<Product> => {
  const { status, body: product } = await service.call('PATCH', `/products/${id}`, { token: shop.admin, body });
  expect(status).toBe(200);
  return product;
};
const published = async (id: string): Promise<CatalogueEvent[]> =>
  (await service.emitted('catalog-event')).filter((event) => event.productId === id);
/** What a reader who keeps the highest version has of a product. */
const kept = (events: readonly CatalogueEvent[]) => {
  const newest = events.reduce((known, event) => (event.payload.version > known.payload.version ? event : known));
  return { price: newest.payload.price, retired: newest.eventType === 'PRODUCT_RETIRED' };
};

/** Runs what the backup does not know, and brings the database back to the backup. @returns what was sent meanwhile */
async function restored(ids: readonly string[], meanwhile: () => Promise<void>): Promise<CatalogueEvent[]> {
  const [{ last }] = (await service.sql<{ last: string }>('SELECT max(id) AS last FROM outbox_event')) as [
    { last: string },
  ];
  const rows = await service.sql('SELECT * FROM product WHERE id = ANY($1)', [ids]);
  await meanwhile();
  const sent = await service.sql<{ event_id: string }>('SELECT event_id FROM outbox_event WHERE id > $1 ORDER BY id', [
    last,
  ]);
  const events = (await service.emitted('catalog-event')).filter(({ eventId }) =>
    sent.some(({ event_id: id }) => id === eventId),
  );
  await service.sql('DELETE FROM product WHERE id = ANY($1)', [events.map(({ productId }) => productId)]);
  await service.sql(
    `INSERT INTO product OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(null::product, $1)
     WHERE id = ANY($2) ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows), ids],
  );
  await service.sql('DELETE FROM outbox_event WHERE id > $1', [last]);
  return events;
}

/** Kafka has the events, and the restored inbox is given them (again). */
const comeBack = async (events: readonly CatalogueEvent[]): Promise<void> => {
  for (const event of events) await service.publishRaw('catalog-event', event.productId, JSON.stringify(event));
};

test('F15 a change after a restore has a version that the others do not know, also before anything has come back', async () => {
  const { id } = await shop.registered();
  const events = await restored([id], async () => {
    for (const price of [300, 310, 320]) await patch(id, { price });
  });
  expect(events.at(-1)).toMatchObject({ payload: { price: 320, version: 4 } });
  expect(await shop.read(id)).toMatchObject({ price: 250, version: 1 });
  await patch(id, { price: 275 });
  expect(kept([...events, ...(await published(id))])).toEqual({ price: 275, retired: false });
});

test('F15 so has a retirement after it, and a change after a retirement that was forgotten', async () => {
  const [sold, retired] = [await shop.registered(), await shop.registered()];
  const remove = (id: string) => service.call('DELETE', `/products/${id}`, { token: shop.admin });
  const events = await restored([sold.id, retired.id], async () => {
    for (const price of [300, 310, 320]) await patch(sold.id, { price });
    for (const retire of [true, false, true]) {
      if (retire) expect(await remove(retired.id)).toMatchObject({ status: 204 });
      else await patch(retired.id, { retired: false });
    }
  });
  const of = (id: string) => events.filter(({ productId }) => productId === id);
  expect(kept(of(retired.id))).toEqual({ price: 250, retired: true });
  expect(await remove(sold.id)).toMatchObject({ status: 204 });
  expect(kept([...of(sold.id), ...(await published(sold.id))])).toEqual({ price: 250, retired: true });
  await patch(retired.id, { price: 275 });
  expect(kept([...of(retired.id), ...(await published(retired.id))])).toEqual({ price: 275, retired: false });
});

test('F15 after a restore the others charge what the catalogue says, also for what does not change any more', async () => {
  const [changed, retired, reinstated, still] = await Promise.all(Array.from({ length: 4 }, () => shop.registered()));
  const ids = [changed!, retired!, reinstated!, still!].map(({ id }) => id);
  const remove = (id: string) => service.call('DELETE', `/products/${id}`, { token: shop.admin });
  await remove(reinstated!.id);
  let lost: Product | undefined;
  const events = await restored(ids, async () => {
    for (const price of [300, 310, 320]) await patch(changed!.id, { price });
    await remove(retired!.id);
    await patch(reinstated!.id, { retired: false, price: 999 });
    lost = await shop.registered({ price: 777 });
  });
  const before = new Map(await Promise.all([...ids, lost!.id].map(async (id) => [id, await published(id)] as const)));
  await comeBack(events);
  const known = async (id: string) =>
    kept([...before.get(id)!, ...events.filter(({ productId }) => productId === id), ...(await published(id))]);
  await service.until('all was stated again', async () => {
    const [row] = await service.sql<{ done: boolean }>(
      "SELECT after IS NULL AND asked_at > '-infinity' AS done FROM restatement",
    );
    return row?.done === true && (await published(still!.id)).length > 1;
  });
  // its event may come back after the others'
  await service.until('what was lost is retired', async () => (await known(lost!.id)).retired);
  expect(await known(changed!.id)).toEqual({ price: 250, retired: false });
  expect(await known(retired!.id)).toEqual({ price: 250, retired: false });
  expect(await known(reinstated!.id)).toEqual({ price: 250, retired: true });
  expect(await known(still!.id)).toEqual({ price: 250, retired: false });
  // the catalogue does not know it: nobody is to sell it
  expect(await known(lost!.id)).toEqual({ price: 777, retired: true });
  // each once more, and a version that a change builds on
  expect(await published(changed!.id)).toHaveLength(2);
  const { version } = await patch(changed!.id, { price: 260 });
  expect(version).toBe((await published(changed!.id)).at(-2)!.payload.version + 1);
});

test('F15 what comes back and is known, or was made up for, has nothing stated again', async () => {
  const { id } = await shop.registered();
  await patch(id, { price: 260 });
  const forgotten = (await service.sql<{ at: string }>('SELECT asked_at::text AS at FROM restatement'))[0]!;
  await comeBack(await published(id));
  const marker = await shop.registered();
  await service.publish('product-event', 'CREATED', marker.id, {
    delta: 1,
    onHand: 1,
    reserved: 0,
    available: 1,
    version: 1,
  });
  await service.until('all was handled', async () => {
    const rows = await service.sql(`SELECT FROM inbox_event WHERE event_id = ANY($1)`, [
      (await published(id)).map(({ eventId }) => eventId),
    ]);
    return rows.length === 2;
  });
  expect((await service.sql<{ at: string }>('SELECT asked_at::text AS at FROM restatement'))[0]).toEqual(forgotten);
  expect(await published(id)).toHaveLength(2);
});

test('F15 a restored product service is given the stock facts again that it has forgotten, and shows what inventory says', async () => {
  const { id } = await shop.registered();
  await shop.stock(id, 1, 10);
  await shop.held(id, 1);
  const [backup] = await service.sql<{ offset: string }>('SELECT sum(next_offset)::text AS offset FROM inbox_offset');
  await shop.stock(id, 2, 20);
  await shop.stock(id, 3, 30);
  await shop.held(id, 3);
  expect(Number(backup!.offset)).toBeGreaterThan(0);
  await service.sql(`WITH s AS (UPDATE product_stock SET available=10, on_hand=13, version=1 WHERE product_id='${id}'),
    e AS (DELETE FROM inbox_event)
    UPDATE inbox_offset SET next_offset=0 WHERE topic LIKE '%product-event'`);
  // something that comes is enough to see that the position was set back
  await service.until('what was forgotten has come again', async () => {
    const { id: other } = await shop.registered();
    await shop.stock(other, 1, 1);
    const rows = await service.sql('SELECT FROM product_stock WHERE product_id=$1 AND version=3', [id]);
    return rows.length === 1;
  });
  await service.until('it is shown', async () => (await shop.read(id)).stock === 30);
});
