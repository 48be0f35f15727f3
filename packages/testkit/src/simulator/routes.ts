import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authorization } from './authorization.js';
import { approve, capture, deny, voidIt, type Change } from './changes.js';
import { answer, malformed, refuse } from './answers.js';
import { dashboardRoutes } from './dashboard-routes.js';
import type { Beginning, Decision, Ledger } from './ledger.js';
import { stripeRoutes } from './stripe/stripe-routes.js';
import type { Webhooks } from './webhooks.js';

const amountSchema = z.int().positive().max(Number.MAX_SAFE_INTEGER);
const newAuthorizationSchema = z.strictObject({
  amount: amountSchema,
  currency: z.string().regex(/^[A-Z]{3}$/u),
  paymentMethod: z.string().min(1).max(200),
  reference: z.string().min(1).max(200),
});
const changeSchema = z.strictObject({ amount: amountSchema.optional() });
const refundSchema = changeSchema.extend({
  metadata: z.record(z.string().min(1).max(40), z.string().max(500)).optional(),
});
const actSchema = z.strictObject({ outcome: z.enum(['approve', 'deny']) });
const lookupSchema = z.strictObject({ key: z.string().min(1).max(255) });
/** In the form of `createdAt`, for they are compared as texts. */
const time = z.iso.datetime({ precision: 3 });
const listSchema = z.strictObject({
  createdFrom: time,
  createdTo: time,
  after: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
});
const KEY = /^[\x21-\x7e]{1,255}$/u;

/** What goes wrong with a request, and whether its webhook comes before its answer. */
export interface Mischief {
  readonly timeout: boolean;
  readonly duplicate: boolean;
  readonly forged: boolean;
  readonly early: boolean;
}

/** A refund as it is asked for. */
export interface RefundAsked {
  /** all that is left when undefined */
  readonly amount?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface RouteOptions {
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  /** how the next new authorisation begins; asked once for each. `actUrl`: where its customer would say yes or no */
  readonly beginning: (actUrl: string) => Beginning;
  /** what becomes of an authorisation whose refund is asked for by a program */
  readonly refunding: (asked: RefundAsked) => Change;
  /** called after each decision, before its answer */
  readonly onDecided: () => void;
  /** how long an answer waits, in ms, after what it reports has been done */
  readonly latencyMs: number;
  /** by the number of the decision */
  readonly mischiefOf: (number: number) => Mischief;
  /** how much longer an answer waits whose request times out, in ms */
  readonly timeoutMs: number;
  /** ends every wait */
  readonly closing: AbortSignal;
  readonly onUnexpected: (error: unknown) => void;
}

/** The provider's dialect, over HTTP and JSON. Not listening yet. */
export function createRoutes(options: RouteOptions): FastifyInstance {
  const { ledger, webhooks, beginning, latencyMs, onUnexpected } = options;
  const app = fastify({ bodyLimit: 16_384, forceCloseConnections: true });
  const late = async (): Promise<void> => {
    if (latencyMs > 0) await sleep(latencyMs);
  };
  /** Reports what a request did, before or after it is answered, and lets the answer wait. */
  const playOut = async (decision: Decision): Promise<void> => {
    await late();
    if (decision.kind !== 'done' || decision.number === null) return;
    options.onDecided();
    const mischief = options.mischiefOf(decision.number);
    const tell = (): Promise<void> => webhooks.tell(decision, mischief);
    if (mischief.early) await tell();
    if (mischief.timeout) await sleep(options.timeoutMs, undefined, { signal: options.closing }).catch(() => {});
    // the answer is on its way before they are, or so it is meant: which comes first is up to the network
    if (!mischief.early) setImmediate(() => void tell());
  };
  /** Reports what nobody asked for under a key. */
  const tellAfterwards = (decision: Decision): void => {
    if (decision.kind !== 'done' || decision.number === null) return;
    options.onDecided();
    const mischief = options.mischiefOf(decision.number);
    setImmediate(() => void webhooks.tell(decision, mischief));
  };
  const answerInTime = async (reply: FastifyReply, decision: Decision, status: number): Promise<unknown> => {
    await playOut(decision);
    return answer(reply, decision, status);
  };

  const list = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const query = listSchema.safeParse(request.query);
    if (!query.success) return malformed(reply, query.error);
    const { createdFrom: from, createdTo: to, after, limit } = query.data;
    await late();
    return (
      (await ledger.page({ from, to, after }, limit)) ??
      refuse(reply, 400, 'malformed', 'after: there is no such authorisation')
    );
  };

  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) onUnexpected(error);
    return refuse(reply, status, status >= 500 ? 'internal' : 'malformed', error.message);
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'no_such_route', 'There is no such route.'));

  app.get('/livez', async () => ({ status: 'ok', pid: process.pid }));

  app.get('/ledger', async () => ({ data: (await ledger.all()).map(entryOf) }));

  app.get('/plans', async () => ({ open: ledger.planned().length }));

  app.get('/webhooks', async () => webhooks.counts());

  // by the key that made it, or a page of all that were made in a span of time
  app.get('/authorizations', async (request, reply) => {
    if (!Object.hasOwn(request.query as object, 'key')) return list(request, reply);
    const query = lookupSchema.safeParse(request.query);
    if (!query.success) return malformed(reply, query.error);
    await late();
    const found = await ledger.findByKey(query.data.key);
    return found ?? refuse(reply, 404, 'not_found', 'No authorisation was made under this key.');
  });

  app.get<{ Params: { id: string } }>('/authorizations/:id', async (request, reply) => {
    const { id } = request.params;
    await late();
    return (await ledger.find(id)) ?? refuse(reply, 404, 'not_found', 'There is no such authorisation.');
  });

  app.post('/authorizations', async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined)
      return refuse(reply, 400, 'key_missing', 'The Idempotency-Key header is missing or too long.');
    const body = newAuthorizationSchema.safeParse(request.body);
    if (!body.success) return malformed(reply, body.error);
    const decision = await ledger.authorize(key, fingerprint(request, body.data), body.data, (id) =>
      beginning(`${request.protocol}://${request.host}/authorizations/${id}/act`),
    );
    return answerInTime(reply, decision, 201);
  });

  // the customer's side: no key, for a customer presses a button, and once is for good; unless, with Stripe, the card
  // was declined and there is another
  app.post<{ Params: { id: string } }>('/authorizations/:id/act', async (request, reply) => {
    const body = actSchema.safeParse(request.body);
    if (!body.success) return malformed(reply, body.error);
    const { id } = request.params;
    const { outcome } = body.data;
    const another = (await ledger.find(id))?.stripe ?? null;
    const key = another === null ? `act:${id}` : `act:${id}:${outcome}`;
    const decision = await ledger.change(
      { key, fingerprint: fingerprint(request, body.data) },
      id,
      outcome === 'approve' ? approve : deny,
    );
    tellAfterwards(decision);
    return answer(reply, decision, 200);
  });

  const changeFor = (what: 'capture' | 'void' | 'refund', body: z.infer<typeof refundSchema>): Change => {
    if (what === 'void') return voidIt;
    return what === 'capture' ? capture(body.amount) : options.refunding(body);
  };
  for (const what of ['capture', 'void', 'refund'] as const) {
    app.post<{ Params: { id: string } }>(`/authorizations/:id/${what}`, async (request, reply) => {
      const key = keyOf(request);
      if (key === undefined)
        return refuse(reply, 400, 'key_missing', 'The Idempotency-Key header is missing or too long.');
      const body = (what === 'refund' ? refundSchema : changeSchema).safeParse(request.body ?? {});
      if (!body.success) return malformed(reply, body.error);
      const decision = await ledger.change(
        { key, fingerprint: fingerprint(request, body.data) },
        request.params.id,
        changeFor(what, body.data),
      );
      return answerInTime(reply, decision, 200);
    });
  }
  void app.register(dashboardRoutes({ ledger, tell: tellAfterwards }), { prefix: '/dashboard' });
  const { refunding } = options;
  void app.register(stripeRoutes({ ledger, beginning, refunding, playOut, late, onUnexpected }), { prefix: '/v1' });
  return app;
}

/** What the books of the provider show of an authorisation. */
export type LedgerEntry = Omit<Authorization, 'reason' | 'redirectUrl' | 'stripe'>;

export function entryOf({ reason: _reason, redirectUrl: _url, stripe: _terms, ...entry }: Authorization): LedgerEntry {
  return entry;
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && KEY.test(key) ? key : undefined;
}

/** Distinguishes two requests under one key. Takes the checked body, whose members are in the schema's order. */
function fingerprint(request: FastifyRequest, body: object): string {
  return createHash('sha256')
    .update(`${request.url}\n${JSON.stringify(body)}`)
    .digest('hex')
    .slice(0, 32);
}
