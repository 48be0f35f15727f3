import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId, type EventOf } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { registerProducts } from './commands/register-products.js';
import { KEYS, openWarehouse, parkedMessages, wrongBooks, type Warehouse } from './testing/warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
});
afterAll(async () => {
  expect(await wrongBooks(warehouse.service)).toEqual([]);
  await warehouse.service.close();
});

type Fact = EventOf<'product-event'>;

const published = async (id: string): Promise<Fact[]> =>
  (await warehouse.service.emitted('product-event')).filter((event) => event.productId === id);
const adjust = async (id: string, delta: number) => {
  const { status, body } = await warehouse.service.call('POST', `/stock/${id}/adjustments`, {
    apiKey: KEYS.stock,
    body: { delta, reason: 'delivery', reference: newId() },
  });
  expect(status).toBe(200);
  return body;
};
const comeBack = async (events: readonly Fact[]): Promise<void> => {
  for (const event of events) {
    await warehouse.service.publishRaw('product-event', event.productId, JSON.stringify(event));
  }
};
const asked = async () =>
  (await warehouse.service.sql<{ at: string }>('SELECT asked_at::text AS at FROM restatement'))[0]!.at;
/** What a reader who goes by the highest version shows. */
const shown = (events: readonly Fact[]): number =>
  events.reduce((known, event) => (event.payload.version > known.payload.version ? event : known)).payload.available;

/** Brings stock and outbox back to before `meanwhile`. @returns what was said meanwhile */
async function restored(ids: readonly string[], meanwhile: () => Promise<void>): Promise<Fact[]> {
  const sql: Warehouse['service']['sql'] = (text, values) => warehouse.service.sql(text, values);
  const [{ last }] = (await sql<{ last: string }>('SELECT max(id) AS last FROM outbox_event')) as [{ last: string }];
  const rows = await sql('SELECT * FROM stock WHERE product_id = ANY($1)', [ids]);
  await meanwhile();
  const known = new Set(
    (await sql<{ id: string }>('SELECT event_id AS id FROM outbox_event WHERE id <= $1', [last])).map(({ id }) => id),
  );
  const events = (await warehouse.service.emitted('product-event')).filter(({ eventId }) => !known.has(eventId));
  const products = [...new Set([...ids, ...events.map(({ productId }) => productId)])];
  await sql('DELETE FROM outbox_event WHERE id > $1', [last]);
  await sql('DELETE FROM stock WHERE product_id = ANY($1)', [products]);
  await sql('INSERT INTO stock SELECT * FROM json_populate_recordset(null::stock, $1)', [JSON.stringify(rows)]);
  await sql(
    `DELETE FROM stock_movement m WHERE product_id = ANY($1)
     AND NOT EXISTS (SELECT FROM stock s WHERE s.product_id = m.product_id AND s.version >= m.version)`,
    [products],
  );
  return events;
}

test('F15 after a restore product shows what inventory says, also of what does not change any more', async () => {
  const [corrected, delivered, still] = await warehouse.products(3, 10);
  const lost = newId();
  const events = await restored([corrected!, delivered!, still!], async () => {
    for (const delta of [5, 5, 5]) await adjust(corrected!, delta);
    await adjust(delivered!, 40);
    await warehouse.product(7, lost);
    await adjust(lost, 20);
  });
  expect(events).toHaveLength(6);
  expect(await warehouse.stock(corrected!)).toMatchObject({ onHand: 10, version: 1 });
  const before = await asked();
  await comeBack(events);
  await warehouse.service.until('all is to be stated again', async () => (await asked()) !== before);
  // the catalogue's events come again as well: the forgotten product is new once more
  await warehouse.product(7, lost);
  for (const id of [corrected!, delivered!, still!]) {
    await warehouse.service.until('it was restated', async () => (await published(id)).length === 2);
  }
  const known = async (id: string) =>
    shown([...events.filter(({ productId }) => productId === id), ...(await published(id))]);
  expect(await Promise.all([corrected!, delivered!, still!, lost].map(known))).toEqual([10, 10, 10, 7]);
  // and goes on from there, once
  await adjust(corrected!, 1);
  const wire = (await published(corrected!)).map(({ eventType, payload }) => [
    eventType,
    payload.delta,
    payload.available,
  ]);
  expect(wire).toEqual([
    ['CREATED', 10, 10],
    ['INCREMENT_STOCK', 0, 10],
    ['INCREMENT_STOCK', 1, 11],
  ]);
  expect(await known(corrected!)).toBe(11);
  const { version } = await warehouse.stock(corrected!);
  expect((await published(corrected!)).at(-1)!.payload.version).toBe(version);
  // the ledger has no gap
  expect(
    await warehouse.service.sql('SELECT version::int FROM stock_movement WHERE product_id=$1 ORDER BY 1', [corrected!]),
  ).toEqual([{ version: 1 }, { version: 2 }]);
});

test('F15 a confirmation, which is not published, does not hide that a published level was lost', async () => {
  const product = await warehouse.product(10);
  const order = newId();
  const lines = [{ productId: product, quantity: 2 }];
  const events = await restored([product], async () => {
    await adjust(product, 5);
  });
  await warehouse.create(order, lines);
  await warehouse.untilSent(order, 1);
  await warehouse.confirm(order);
  await warehouse.untilSent(order, 2);
  expect(await warehouse.stock(product)).toMatchObject({ available: 8, version: expect.any(Number) });
  await comeBack(events);
  await warehouse.service.until(
    'what is shown is right',
    async () => shown([...events, ...(await published(product))]) === 8,
  );
});

test('F15 what comes back and is known has nothing stated again, nor what was made up for', async () => {
  const product = await warehouse.product(10);
  const forgotten = await restored([product], async () => {
    await adjust(product, 5);
  });
  const before = await asked();
  await comeBack(forgotten);
  await warehouse.service.until('it was restated', async () => (await published(product)).length === 2);
  const after = await asked();
  expect(after).not.toBe(before);
  await comeBack(await published(product));
  const again = forgotten.map((event) => ({ ...event, eventId: newId(), outboxId: newId() }));
  await comeBack(again.map((event) => ({ ...event, outboxId: event.eventId })));
  await warehouse.service.until('all was handled', async () => {
    const ids = [...again, ...(await published(product))].map(({ eventId }) => eventId);
    return (await warehouse.service.sql('SELECT FROM inbox_event WHERE event_id = ANY($1)', [ids])).length === 3;
  });
  expect(await asked()).toBe(after);
  expect(await published(product)).toHaveLength(2);
  expect(await parkedMessages(warehouse.service)).toEqual([]);
});

test('F15 a product that comes again while a restatement is requested and done is not left below what readers know', async () => {
  const lost = newId();
  const forgotten = await restored([], async () => {
    await warehouse.product(7, lost);
    await adjust(lost, 20);
  });
  const before = await asked();
  const open = Promise.withResolvers<void>();
  const made = Promise.withResolvers<void>();
  // the catalogue's consumer, at the moment between its statement and its commit
  const registering = warehouse.service.app.get(Transactor).run(async (tx) => {
    await registerProducts(tx, [{ productId: lost, initialStock: 7 }]);
    made.resolve();
    await open.promise;
  }, 1);
  await made.promise;
  await comeBack(forgotten);
  await warehouse.service.until('all is restated, or waits for it', async () => {
    const sql = `SELECT FROM restatement WHERE asked_at::text <> $1 AND after IS NULL
      UNION ALL SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return (await warehouse.service.sql(sql, [before])).length > 0;
  });
  open.resolve();
  await registering;
  await warehouse.service.until('all is restated', async () => {
    const sql = 'SELECT FROM restatement WHERE asked_at::text <> $1 AND after IS NULL';
    return (await warehouse.service.sql(sql, [before])).length > 0;
  });
  expect(shown([...forgotten, ...(await published(lost))])).toBe(7);
});
