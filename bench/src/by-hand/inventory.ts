import { newId } from '@outrider/contracts';
import type { Database, Sql } from './database.js';
import { Refusal, type Caller, type Request, type Routes } from './http.js';
import type { Message } from './inbox.js';
import { append, eventsOf, type Event, type Notifier } from './outbox.js';

export const INVENTORY_TABLES = `
CREATE TABLE stock (product_id uuid PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL, version int NOT NULL,
  CHECK (reserved BETWEEN 0 AND on_hand)) WITH (fillfactor=60);
CREATE TABLE reservation (order_id uuid PRIMARY KEY, id uuid NOT NULL, lines jsonb NOT NULL, status text NOT NULL) WITH (fillfactor=80);
CREATE TABLE movement (product_id uuid NOT NULL, reference text NOT NULL, delta int NOT NULL, PRIMARY KEY (product_id, reference));`;

interface Stock {
  readonly product_id: string;
  on_hand: number;
  reserved: number;
  readonly version: number;
}
interface Reservation {
  readonly order_id: string;
  readonly id: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  status: 'RESERVED' | 'CONFIRMED' | 'RELEASED';
}

const RESERVED_MS = 900_000;
const event = eventsOf('inventory');

export async function handleForStock(sql: Sql, messages: readonly Message[]): Promise<void> {
  const registered = messages.filter(({ eventType }) => eventType === 'PRODUCT_REGISTERED');
  if (registered.length > 0) {
    await change(
      sql,
      [],
      new Map(registered.map(({ productId, payload }) => [productId, payload['initialStock'] as number])),
    );
  }
  const commands = messages.filter(({ topic }) => topic === 'reservation-event');
  if (commands.length > 0) await change(sql, commands, new Map());
}

/** Pieces on top, once for each reference. */
export function stockRoutes(
  database: Database,
  notifier: Notifier,
  authenticate: (request: Request) => Caller,
): Routes {
  return {
    'POST /stock': async (request) => {
      if (!authenticate(request).admin) throw new Refusal(403, 'forbidden');
      const productId = request.url.pathname.split('/')[2] ?? '';
      const { delta, reference } = JSON.parse(request.body) as { delta: number; reference: string };
      for (;;) {
        try {
          await database.transaction(async (sql) => {
            const movement = `INSERT INTO movement VALUES ($1,$2,$3) ON CONFLICT DO NOTHING RETURNING delta`;
            if ((await sql(movement, [productId, reference, delta])).length > 0)
              await change(sql, [], new Map([[productId, delta]]));
          });
          break;
        } catch (error) {
          if (!(error instanceof StockConflict)) throw error;
        }
      }
      notifier.committed();
      const [row] = await database.sql<Stock>('SELECT * FROM stock WHERE product_id=$1', [productId]);
      if (row === undefined) return undefined;
      const { on_hand: onHand, reserved, version } = row;
      return { status: 200, body: { productId, onHand, reserved, available: onHand - reserved, version } };
    },
  };
}

/** Somebody else has changed the stock between our look and our write: all of it is done again. */
class StockConflict extends Error {}

async function change(sql: Sql, commands: readonly Message[], arriving: ReadonlyMap<string, number>): Promise<void> {
  const found = sql<Reservation>(
    'SELECT order_id,id,lines,status FROM reservation WHERE order_id=ANY($1::uuid[]) FOR UPDATE',
    [commands.map(({ orderId }) => orderId)],
  );
  const reservations = new Map((await found).map((row) => [row.order_id, row]));
  const made: Reservation[] = [];
  const linesOf = ({ orderId, payload }: Message) =>
    (payload['lines'] as Reservation['lines'] | undefined) ?? reservations.get(orderId)?.lines ?? [];
  const products = [
    ...new Set([
      ...arriving.keys(),
      ...commands.flatMap((command) => linesOf(command).map(({ productId }) => productId)),
    ]),
  ];
  const rows = await sql<Stock>(
    'SELECT product_id,on_hand,reserved,version FROM stock WHERE product_id=ANY($1::uuid[])',
    [products],
  );
  const before = new Map(rows.map((row) => [row.product_id, row]));
  const stocks = new Map(rows.map((row) => [row.product_id, { ...row }]));
  const events: Event[] = [];
  const movements: { productId: string; reference: string; delta: number }[] = [];
  for (const [productId, pieces] of arriving) {
    const stock = stocks.get(productId);
    if (stock === undefined) stocks.set(productId, { product_id: productId, on_hand: pieces, reserved: 0, version: 0 });
    else stock.on_hand += pieces;
  }
  for (const command of commands) {
    const { orderId, eventType, payload } = command;
    const answer = (type: string, more: object): unknown =>
      events.push(event('order-event', type, orderId, { commandId: payload['commandId'], ...more }));
    const move = (sold: number, kept: number, reference?: string): void => {
      for (const { productId, quantity } of linesOf(command)) {
        const stock = stocks.get(productId);
        if (stock === undefined) throw new Error(`${productId} has no stock`);
        stock.on_hand -= sold * quantity;
        stock.reserved += kept * quantity;
        if (reference !== undefined) movements.push({ productId, reference, delta: -sold * quantity });
      }
    };
    const known = reservations.get(orderId);
    switch (eventType) {
      case 'RESERVATION_CREATE_REQUEST': {
        const short = linesOf(command).filter(({ productId, quantity }) => {
          const stock = stocks.get(productId);
          return stock === undefined || stock.on_hand - stock.reserved < quantity;
        });
        if (short.length > 0) {
          answer('RESERVATION_CREATION_FAILED', { reason: 'OUT_OF_STOCK', lines: short });
          break;
        }
        move(0, 1);
        const reservation: Reservation = {
          order_id: orderId,
          id: newId(),
          lines: linesOf(command),
          status: 'RESERVED',
        };
        reservations.set(orderId, reservation);
        made.push(reservation);
        answer('RESERVATION_CREATION_SUCCEEDED', {
          reservationId: reservation.id,
          expiresAt: new Date(Date.now() + RESERVED_MS).toISOString(),
        });
        break;
      }
      case 'RESERVATION_CONFIRM_REQUEST':
        if (known?.status !== 'RESERVED') throw new Error(`${orderId} has no reservation`);
        known.status = 'CONFIRMED';
        move(1, -1, `sold:${orderId}`);
        answer('RESERVATION_CONFIRM', {});
        break;
      case 'RESERVATION_RELEASE_REQUEST': {
        const restocked = known?.status === 'CONFIRMED';
        if (restocked) move(-1, 0, `back:${orderId}`);
        else if (known?.status === 'RESERVED') move(0, -1);
        if (known !== undefined) known.status = 'RELEASED';
        answer('RESERVATION_RELEASE', { restocked });
        break;
      }
      default:
        throw new Error(`nobody sends ${eventType}`);
    }
  }
  const changed = [...stocks.values()].filter((stock) => {
    const was = before.get(stock.product_id);
    return was === undefined || was.on_hand !== stock.on_hand || was.reserved !== stock.reserved;
  });
  for (const stock of changed) events.push(factOf(stock, before.get(stock.product_id)));
  const decided = [...reservations.values()].filter((row) => !made.includes(row));
  const [stored] = await Promise.all([
    store(sql, changed),
    storeReservations(sql, made, decided, movements),
    append(sql, events),
  ]);
  if (stored < changed.length) throw new StockConflict();
}

/** Optimistic: a row is changed only as it was read. @returns how many were */
async function store(sql: Sql, stocks: readonly Stock[]): Promise<number> {
  if (stocks.length === 0) return 0;
  const rows = await sql(
    `INSERT INTO stock SELECT * FROM unnest($1::uuid[],$2::int[],$3::int[],$4::int[]) s(product_id,on_hand,reserved,version) ORDER BY product_id
     ON CONFLICT (product_id) DO UPDATE SET on_hand=excluded.on_hand, reserved=excluded.reserved, version=excluded.version
     WHERE stock.version=excluded.version-1 RETURNING product_id`,
    [
      stocks.map(({ product_id }) => product_id),
      stocks.map(({ on_hand }) => on_hand),
      stocks.map(({ reserved }) => reserved),
      stocks.map(({ version }) => version + 1),
    ],
  );
  return rows.length;
}

async function storeReservations(
  sql: Sql,
  made: readonly Reservation[],
  decided: readonly Reservation[],
  movements: readonly { readonly productId: string; readonly reference: string; readonly delta: number }[],
): Promise<void> {
  const all = [...made, ...decided];
  if (all.length === 0) return;
  await sql(
    `WITH r AS (INSERT INTO reservation SELECT * FROM unnest($1::uuid[],$2::uuid[],$3::jsonb[],$4::text[])
       ON CONFLICT (order_id) DO UPDATE SET status=excluded.status)
     INSERT INTO movement SELECT p,ref,sum(d) FROM unnest($5::uuid[],$6::text[],$7::int[]) m(p,ref,d) GROUP BY p,ref`,
    [
      all.map(({ order_id }) => order_id),
      all.map(({ id }) => id),
      all.map(({ lines }) => JSON.stringify(lines)),
      all.map(({ status }) => status),
      movements.map(({ productId }) => productId),
      movements.map(({ reference }) => reference),
      movements.map(({ delta }) => delta),
    ],
  );
}

function factOf({ product_id, on_hand: onHand, reserved, version }: Stock, was: Stock | undefined): Event {
  const available = onHand - reserved;
  const delta = available - (was === undefined ? 0 : was.on_hand - was.reserved);
  const grown = delta > 0 ? 'INCREMENT_STOCK' : 'DECREMENT_STOCK';
  const type = was === undefined ? 'CREATED' : grown;
  return event('product-event', type, product_id, { delta, onHand, reserved, available, version: version + 1 });
}
