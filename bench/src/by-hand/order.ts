import { createHash } from 'node:crypto';
import { newId } from '@outrider/contracts';
import type { Database, Sql } from './database.js';
import { Refusal, type Answer, type Caller, type Request, type Routes } from './http.js';
import type { Message } from './inbox.js';
import { append, columnsOf, eventsOf, INSERT_EVENTS, type Event, type Notifier } from './outbox.js';

export const ORDER_TABLES = `
CREATE TABLE product (id uuid PRIMARY KEY, sku text NOT NULL, name text NOT NULL, price bigint NOT NULL, version int NOT NULL);
CREATE TABLE orders (id uuid PRIMARY KEY, customer text NOT NULL, key text NOT NULL, hash text NOT NULL, reference text, step text NOT NULL,
  outcome text, command_id uuid NOT NULL, total bigint NOT NULL, currency text NOT NULL, method text NOT NULL, lines jsonb NOT NULL,
  reason text, version int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (customer, key)) WITH (fillfactor=60);`;

interface Line {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly adjustmentAmount: 0;
  readonly total: number;
}
type Step = 'RESERVING' | 'AUTHORIZING' | 'CONFIRMING' | 'CAPTURING' | 'RELEASING' | 'DONE';
interface Row {
  readonly id: string;
  readonly customer: string;
  readonly hash: string;
  readonly reference: string | null;
  step: Step;
  /** how it ends, as soon as it is known */
  outcome: 'COMPLETED' | 'FAILED' | 'PAYMENT_FAILED' | null;
  command_id: string;
  readonly total: number;
  readonly currency: string;
  readonly method: string;
  readonly lines: readonly Line[];
  reason: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}
interface Placing {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly currency: string;
  readonly paymentMethod: string;
  readonly expectedTotal?: number;
  readonly reference?: string;
}

const STATUS = {
  RESERVING: 'CREATED',
  AUTHORIZING: 'PAYING',
  CONFIRMING: 'PAID',
  CAPTURING: 'PAID',
  RELEASING: 'COMPENSATING',
} as const;
const COLUMNS =
  'id,customer,hash,reference,step,outcome,command_id,total,currency,method,lines,reason,version,created_at,updated_at';
// one statement, one round trip: the order and its events, or, where the customer has used the key before, neither
const PLACE = `WITH o AS (INSERT INTO orders(id,customer,key,hash,reference,step,command_id,total,currency,method,lines)
  VALUES ($6,$7,$8,$9,$10,'RESERVING',$11,$12,$13,$14,$15) ON CONFLICT (customer, key) DO NOTHING RETURNING ${COLUMNS}),
e AS (${INSERT_EVENTS} WHERE EXISTS (SELECT 1 FROM o) ORDER BY n) SELECT * FROM o`;
const event = eventsOf('order');

export class Orders {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly authenticate: (request: Request) => Caller,
  ) {}

  readonly routes: Routes = {
    'POST /orders': (request) => this.#place(request),
    'GET /orders': (request) => this.#read(request),
  };

  async #place(request: Request): Promise<Answer> {
    const { sub } = this.authenticate(request);
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key === '') throw new Refusal(400, 'idempotency-key-missing');
    const { items, currency, paymentMethod, expectedTotal, reference } = placingOf(request.body);
    const lines = await this.#linesOf(items);
    const total = lines.reduce((sum, line) => sum + line.total, 0);
    const hash = createHash('sha256').update(request.body).digest('hex');
    const id = newId();
    const commandId = newId();
    const reserve = { commandId, lines: items };
    const facts = { id, customer: sub, reference: reference ?? null, total, currency, lines };
    const placed = lifecycleEvent('ORDER_PLACED', 'CREATED', facts);
    const events = [event('reservation-event', 'RESERVATION_CREATE_REQUEST', id, reserve), placed];
    if (expectedTotal !== undefined && expectedTotal !== total) throw new Refusal(409, 'total-changed');
    const [made] = await this.database.sql<Row>(PLACE, [
      ...columnsOf(events),
      id,
      sub,
      key,
      hash,
      reference ?? null,
      commandId,
      total,
      currency,
      paymentMethod,
      JSON.stringify(lines),
    ]);
    if (made !== undefined) {
      this.notifier.committed();
      return { status: 201, body: viewOf(made) };
    }
    const [before] = await this.database.sql<Row>(`SELECT ${COLUMNS} FROM orders WHERE customer=$1 AND key=$2`, [
      sub,
      key,
    ]);
    if (before === undefined || before.hash !== hash) throw new Refusal(422, 'idempotency-key-reused');
    return { status: 201, body: viewOf(before), headers: { 'idempotent-replayed': 'true' } };
  }

  async #linesOf(items: Placing['items']): Promise<Line[]> {
    const ids = items.map(({ productId }) => productId);
    const rows = await this.database.sql<{ id: string; sku: string; name: string; price: number }>(
      'SELECT id,sku,name,price FROM product WHERE id=ANY($1::uuid[])',
      [ids],
    );
    const products = new Map(rows.map((row) => [row.id, row]));
    return items.map(({ productId, quantity }) => {
      const product = products.get(productId);
      if (product === undefined) throw new Refusal(404, 'not-found');
      const { sku, name, price } = product;
      return { productId, sku, name, quantity, unitPrice: price, adjustmentAmount: 0, total: price * quantity };
    });
  }

  async #read(request: Request): Promise<Answer | undefined> {
    const { sub, admin } = this.authenticate(request);
    const id = request.url.pathname.slice('/orders/'.length);
    const [row] = await this.database.sql<Row>(`SELECT ${COLUMNS} FROM orders WHERE id=$1`, [id]);
    return row !== undefined && (admin || row.customer === sub) ? { status: 200, body: viewOf(row) } : undefined;
  }
}

export async function handleForOrders(sql: Sql, messages: readonly Message[]): Promise<void> {
  const catalogue = messages.filter(({ topic }) => topic === 'catalog-event');
  if (catalogue.length > 0) {
    await sql(
      `INSERT INTO product SELECT DISTINCT ON (id) * FROM unnest($1::uuid[],$2::text[],$3::text[],$4::bigint[],$5::int[]) p(id,sku,name,price,version)
       ORDER BY id, version DESC ON CONFLICT (id) DO UPDATE SET name=excluded.name, price=excluded.price, version=excluded.version
       WHERE excluded.version>product.version`,
      [catalogue.map(({ productId }) => productId), ...columns(catalogue, 'sku', 'name', 'price', 'version')],
    );
  }
  const answers = messages.filter(({ topic }) => topic === 'order-event');
  if (answers.length === 0) return;
  const rows = await sql<Row>(`SELECT ${COLUMNS} FROM orders WHERE id=ANY($1::uuid[]) ORDER BY id FOR UPDATE`, [
    answers.map(({ orderId }) => orderId),
  ]);
  const orders = new Map(rows.map((row) => [row.id, row]));
  const events: Event[] = [];
  const changed = new Set<Row>();
  for (const answer of answers) {
    const order = orders.get(answer.orderId);
    // of a command that is not open any more, as after a restart of the sender
    if (order === undefined || answer.payload['commandId'] !== order.command_id || order.step === 'DONE') continue;
    events.push(advance(order, answer));
    changed.add(order);
  }
  const stored = [...changed];
  if (stored.length === 0) return;
  await Promise.all([
    sql(
      `UPDATE orders o SET step=c.step, outcome=c.outcome, command_id=c.command_id, reason=c.reason, version=o.version+1, updated_at=clock_timestamp()
       FROM unnest($1::uuid[],$2::text[],$3::text[],$4::uuid[],$5::text[]) c(id,step,outcome,command_id,reason) WHERE o.id=c.id`,
      [
        stored.map(({ id }) => id),
        stored.map(({ step }) => step),
        stored.map(({ outcome }) => outcome),
        stored.map(({ command_id }) => command_id),
        stored.map(({ reason }) => reason),
      ],
    ),
    append(sql, events),
  ]);
}

/** What an answer does to an order, and what is sent. */
function advance(order: Row, { eventType, payload }: Message): Event {
  const send = (topic: string, type: string, step: Step, more: object): Event => {
    order.step = step;
    order.command_id = newId();
    return event(topic, type, order.id, { commandId: order.command_id, ...more });
  };
  const end = (type: string): Event => {
    order.step = 'DONE';
    return lifecycleEvent(type, statusOf(order), order, order.reason);
  };
  const { total: amount, currency, method: paymentMethod } = order;
  switch (eventType) {
    case 'RESERVATION_CREATION_SUCCEEDED':
      return send('payment-event', 'PAYMENT_CREATE_REQUEST', 'AUTHORIZING', { amount, currency, paymentMethod });
    case 'PAYMENT_CREATION_SUCCEEDED':
      return send('reservation-event', 'RESERVATION_CONFIRM_REQUEST', 'CONFIRMING', {});
    case 'RESERVATION_CONFIRM':
      return send('payment-event', 'PAYMENT_CONFIRM_REQUEST', 'CAPTURING', { amount });
    case 'PAYMENT_CONFIRM':
      order.outcome = 'COMPLETED';
      return end('ORDER_COMPLETED');
    case 'RESERVATION_CREATION_FAILED':
      order.outcome = 'FAILED';
      order.reason = 'out-of-stock';
      return end('ORDER_FAILED');
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_CONFIRM_FAILED':
      order.outcome = 'PAYMENT_FAILED';
      order.reason = 'payment-failed';
      return send('reservation-event', 'RESERVATION_RELEASE_REQUEST', 'RELEASING', {
        reason: String(payload['reason']),
      });
    case 'RESERVATION_RELEASE':
      return end('ORDER_FAILED');
    default:
      throw new Error(`nobody sends ${eventType}`);
  }
}

type Facts = Pick<Row, 'id' | 'customer' | 'reference' | 'total' | 'currency' | 'lines'>;

function lifecycleEvent(type: string, status: string, order: Facts, reason: string | null = null): Event {
  return event('order-lifecycle-event', type, order.id, {
    customerId: order.customer,
    ...(order.reference !== null && { reference: order.reference }),
    status,
    lines: order.lines.map(({ name: _name, ...line }) => line),
    adjustments: [],
    total: order.total,
    currency: order.currency,
    refundedTotal: 0,
    ...(reason !== null && { reason }),
  });
}

function placingOf(body: string): Placing {
  const asked = JSON.parse(body) as Placing;
  const whole = ({ quantity }: Placing['items'][number]): boolean => Number.isInteger(quantity) && quantity > 0;
  if (!Array.isArray(asked.items) || asked.items.length === 0 || !asked.items.every(whole))
    throw new Refusal(400, 'malformed');
  return asked;
}

function statusOf({ step, outcome }: Row): string {
  return step === 'DONE' ? (outcome ?? 'FAILED') : STATUS[step];
}

function viewOf(row: Row): object {
  const { id, customer: customerId, reference, lines, total, currency, reason, version } = row;
  const [createdAt, updatedAt] = [row.created_at, row.updated_at];
  const none = { adjustments: [], refundedTotal: 0, shortages: [], metadata: {}, disputes: [], action: null };
  return {
    id,
    customerId,
    reference,
    status: statusOf(row),
    lines,
    total,
    currency,
    reason,
    version,
    createdAt,
    updatedAt,
    ...none,
  };
}

function columns(messages: readonly Message[], ...names: readonly string[]): unknown[][] {
  return names.map((name) => messages.map(({ payload }) => payload[name]));
}
