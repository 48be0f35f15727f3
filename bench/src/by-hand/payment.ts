import { createHmac, timingSafeEqual } from 'node:crypto';
import { HttpExchange, NoAnswerError } from '@outrider/common';
import { newId } from '@outrider/contracts';
import type { Database, Sql } from './database.js';
import { Gatherer } from './gatherer.js';
import { Refusal, type Routes } from './http.js';
import type { Message } from './inbox.js';
import { append, eventsOf, type Event, type Notifier } from './outbox.js';

// An order has one open command at a time; it stands in the payment's row, with the time until which somebody is busy with it.
export const PAYMENT_TABLES = `
CREATE TABLE payment (order_id uuid PRIMARY KEY, id uuid NOT NULL, provider_id text, amount bigint NOT NULL, currency text NOT NULL,
  method text NOT NULL, status text NOT NULL, captured bigint NOT NULL DEFAULT 0, command text, command_id uuid, due_at timestamptz) WITH (fillfactor=50);
CREATE INDEX payment_open ON payment(order_id) WHERE command IS NOT NULL;
CREATE TABLE provider_event (id text PRIMARY KEY);`;

type Command = 'authorise' | 'capture';
interface Row {
  readonly order_id: string;
  readonly id: string;
  provider_id: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  status: string;
  captured: number;
  command: Command | null;
  readonly command_id: string;
}
interface Authorization {
  readonly id: string;
  readonly status: string;
  readonly capturedAmount: number;
  readonly reason: string | null;
  readonly reference: string;
}
/** What came of a payment: an answer, a refusal or a webhook. */
type Received =
  | { readonly orderId: string; readonly shown: Authorization; readonly eventId?: string }
  | { readonly orderId: string; readonly refused: string; readonly commandId: string };

const ANSWER_WITHIN_MS = 10_000;
/** longer than an answer takes: nobody else asks meanwhile */
const BUSY_MS = 15_000;
const SWEEP_EVERY_MS = 1_000;
const AT_A_TIME = 32;
const TOLERANCE_MS = 300_000;
const COLUMNS = 'order_id,id,provider_id,amount,currency,method,status,captured,command,command_id';
const event = eventsOf('payment');

export interface PaymentOptions {
  readonly database: Database;
  readonly notifier: Notifier;
  readonly providerUrl: string;
  readonly webhookSecret: string;
}

export class Payments {
  readonly #provider: HttpExchange;
  readonly #received: Gatherer<Received>;
  /** of the transaction in hand */
  #stored: Row[] = [];
  #asking: Row[] = [];
  #busy = 0;

  constructor(private readonly options: PaymentOptions) {
    this.#provider = new HttpExchange(options.providerUrl, ANSWER_WITHIN_MS);
    this.#received = new Gatherer(async (set) => {
      await options.database.transaction((sql) => applyReceived(sql, set));
      options.notifier.committed();
    });
    setInterval(() => void this.#sweep().catch((error: unknown) => console.error(error)), SWEEP_EVERY_MS);
  }

  /** Commands are stored as they come; what asks the provider comes after the commit. */
  async handle(sql: Sql, messages: readonly Message[]): Promise<void> {
    const creates = messages.filter(({ eventType }) => eventType === 'PAYMENT_CREATE_REQUEST');
    const captures = messages.filter(({ eventType }) => eventType === 'PAYMENT_CONFIRM_REQUEST');
    const of = (list: readonly Message[], name: string): unknown[] => list.map(({ payload }) => payload[name]);
    const orders = (list: readonly Message[]): string[] => list.map(({ orderId }) => orderId);
    let created: Promise<Row[]> = Promise.resolve([]);
    let captured = created;
    if (creates.length > 0) {
      created = sql<Row>(
        `INSERT INTO payment(order_id,id,amount,currency,method,status,command,command_id,due_at)
         SELECT o,i,a,c,m,'NEW','authorise',k,now()+interval '${BUSY_MS} ms'
         FROM unnest($1::uuid[],$2::uuid[],$3::bigint[],$4::text[],$5::text[],$6::uuid[]) n(o,i,a,c,m,k) RETURNING ${COLUMNS}`,
        [
          orders(creates),
          creates.map(() => newId()),
          ...['amount', 'currency', 'paymentMethod', 'commandId'].map((name) => of(creates, name)),
        ],
      );
    }
    if (captures.length > 0) {
      captured = sql<Row>(
        `UPDATE payment SET command='capture', command_id=n.k, due_at=now()+interval '${BUSY_MS} ms'
         FROM unnest($1::uuid[],$2::uuid[]) n(o,k) WHERE order_id=n.o RETURNING ${COLUMNS}`,
        [orders(captures), of(captures, 'commandId')],
      );
    }
    this.#stored = (await Promise.all([created, captured])).flat();
  }

  /** What was stored is asked. */
  committed(): void {
    this.#ask(this.#stored.splice(0));
  }

  readonly routes: Routes = {
    'POST /webhooks': async ({ headers, body }) => {
      if (!isGenuine(String(headers['simulator-signature']), body, this.options.webhookSecret))
        throw new Refusal(401, 'unauthenticated');
      const { id: eventId, data: shown } = JSON.parse(body) as { id: string; data: Authorization };
      await this.#received.add([{ orderId: shown.reference, shown, eventId }]);
      return { status: 200, body: {} };
    },
  };

  /** What nobody is busy with any more, because its process died or the provider did not answer. */
  async #sweep(): Promise<void> {
    this.#ask(
      await this.options.database.sql<Row>(
        `UPDATE payment SET due_at=now()+interval '${BUSY_MS} ms' WHERE order_id IN (SELECT order_id FROM payment
         WHERE command IS NOT NULL AND due_at<now() LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`,
      ),
    );
  }

  #ask(rows: readonly Row[]): void {
    this.#asking.push(...rows.filter(({ command }) => command !== null));
    while (this.#busy < AT_A_TIME && this.#asking.length > 0) {
      const row = this.#asking.shift();
      if (row === undefined) return;
      this.#busy += 1;
      void this.#askProvider(row)
        // no answer: its time passes, and the same key is tried again
        .catch((error: unknown) => console.error(error))
        .finally(() => {
          this.#busy -= 1;
          this.#ask([]);
        });
    }
  }

  async #askProvider({
    order_id: orderId,
    command,
    command_id: commandId,
    provider_id,
    amount,
    currency,
    method,
  }: Row): Promise<void> {
    const capture = command === 'capture';
    const path = capture ? `/authorizations/${provider_id}/capture` : '/authorizations';
    const body = capture ? { amount } : { amount, currency, paymentMethod: method, reference: orderId };
    const headers = { 'content-type': 'application/json', 'idempotency-key': commandId };
    const { status, text } = await this.#provider.send('POST', path, headers, JSON.stringify(body));
    if (status < 300) {
      void this.#received.add([{ orderId, shown: JSON.parse(text) as Authorization }]);
    } else if (status === 400 || status === 402 || status === 409) {
      void this.#received.add([{ orderId, refused: text.slice(0, 400), commandId }]);
    } else {
      throw new NoAnswerError(`HTTP ${status}`, text);
    }
  }
}

/** Answers and webhooks of one transaction: whichever comes first closes the command, the other changes nothing. */
async function applyReceived(sql: Sql, set: readonly Received[]): Promise<void> {
  const eventIds = set.flatMap((received) => ('eventId' in received ? [received.eventId] : []));
  const [rows] = await Promise.all([
    sql<Row>(`SELECT ${COLUMNS} FROM payment WHERE order_id=ANY($1::uuid[]) ORDER BY order_id FOR UPDATE`, [
      set.map(({ orderId }) => orderId),
    ]),
    eventIds.length > 0 &&
      sql('INSERT INTO provider_event SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING', [eventIds.toSorted()]),
  ]);
  const payments = new Map(rows.map((row) => [row.order_id, row]));
  const events: Event[] = [];
  const changed = new Set<Row>();
  for (const received of set) {
    const payment = payments.get(received.orderId);
    const outcome = payment && outcomeOf(payment, received);
    if (payment === undefined || outcome === undefined) continue;
    const { command_id: commandId } = payment;
    events.push(event('order-event', outcome.type, payment.order_id, { commandId, ...outcome.payload }));
    payment.command = null;
    changed.add(payment);
  }
  const stored = [...changed];
  if (stored.length === 0) return;
  await Promise.all([
    sql(
      `UPDATE payment p SET command=NULL, status=c.status, captured=c.captured, provider_id=c.provider_id
       FROM unnest($1::uuid[],$2::text[],$3::bigint[],$4::text[]) c(order_id,status,captured,provider_id) WHERE p.order_id=c.order_id`,
      [
        stored.map(({ order_id }) => order_id),
        stored.map(({ status }) => status),
        stored.map(({ captured }) => captured),
        stored.map(({ provider_id }) => provider_id),
      ],
    ),
    append(sql, events),
  ]);
}

/** What closes the open command; the payment takes it on. */
function outcomeOf(payment: Row, received: Received): { readonly type: string; readonly payload: object } | undefined {
  if ('refused' in received) {
    if (payment.command === null || payment.command_id !== received.commandId) return undefined;
    const type = payment.command === 'capture' ? 'PAYMENT_CONFIRM_FAILED' : 'PAYMENT_CREATION_FAILED';
    return { type, payload: { reason: received.refused } };
  }
  const { id, status, capturedAmount, reason } = received.shown;
  if (payment.command === 'authorise' && (status === 'AUTHORIZED' || status === 'DECLINED')) {
    payment.provider_id = id;
    payment.status = status;
    return status === 'AUTHORIZED'
      ? { type: 'PAYMENT_CREATION_SUCCEEDED', payload: { paymentId: payment.id, amount: payment.amount } }
      : { type: 'PAYMENT_CREATION_FAILED', payload: { reason: reason ?? 'declined', code: 'card-declined' } };
  }
  if (payment.command === 'capture' && status === 'CAPTURED') {
    payment.status = status;
    payment.captured = capturedAmount;
    return { type: 'PAYMENT_CONFIRM', payload: { capturedAmount } };
  }
  return undefined;
}

function isGenuine(signature: string, body: string, secret: string): boolean {
  const [, seconds = '', sum = ''] = /^t=(\d+),v1=([\da-f]{64})$/u.exec(signature) ?? [];
  if (sum === '' || Math.abs(Date.now() - Number(seconds) * 1_000) > TOLERANCE_MS) return false;
  return timingSafeEqual(Buffer.from(sum, 'hex'), createHmac('sha256', secret).update(`${seconds}.${body}`).digest());
}
