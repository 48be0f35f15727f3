import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authorization, Change } from '../authorization.js';
import type { Beginning, Decision, Ledger } from '../ledger.js';
import { readForm } from './read-form.js';
import { paymentError, paymentIntent, refund, type StripeObject } from './stripe-objects.js';
import {
  cancelSchema,
  captureSchema,
  createSchema,
  LABEL_QUERY,
  listSchema,
  refundSchema,
  retrieveSchema,
  searchSchema,
} from './stripe-requests.js';

export interface StripeRouteOptions {
  readonly ledger: Ledger;
  /** how the next new authorisation begins; asked once for each */
  readonly beginning: (actUrl: string) => Beginning;
  /** tells of what a request did, and lets its answer wait */
  readonly playOut: (decision: Decision) => Promise<void>;
  /** lets any other answer wait */
  readonly late: () => Promise<void>;
  readonly onUnexpected: (error: unknown) => void;
}

/** A refusal in Stripe's form. */
class StripeRefusal extends Error {
  override readonly name = 'StripeRefusal';

  constructor(
    readonly status: number,
    readonly error: StripeObject,
  ) {
    super(String(error['message']));
  }
}

/** Test keys only: nobody's real key has any business here. */
const TEST_KEY = /^Bearer sk_test_\w+$/u;
const WITH_CHARGE = 'latest_charge';

/**
 * The few routes of Stripe's API that an adapter needs, on the same books and with the same mischief as the simulator's
 * own: forms go in, JSON comes out, and an Idempotency-Key repeats its answer and is good for one request.
 */
export function stripeRoutes(options: StripeRouteOptions): (app: FastifyInstance) => Promise<void> {
  const { ledger, beginning, playOut, late, onUnexpected } = options;
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (error instanceof StripeRefusal) return reply.code(error.status).send({ error: error.error });
      const status = error.statusCode ?? 500;
      if (status >= 500) onUnexpected(error);
      const type = status >= 500 ? 'api_error' : 'invalid_request_error';
      return reply.code(status).send({ error: { type, message: error.message } });
    });
    app.setNotFoundHandler((request, reply) => {
      const message = `Unrecognized request URL (${request.method}: ${request.url}).`;
      return reply.code(404).send({ error: { type: 'invalid_request_error', message } });
    });
    app.addHook('onRequest', async (request, reply) => {
      reply.header('request-id', `req_${randomUUID().replaceAll('-', '').slice(0, 14)}`);
      if (TEST_KEY.test(request.headers.authorization ?? '')) return;
      throw new StripeRefusal(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' });
    });

    app.post('/payment_intents', async (request, reply) => {
      const asked = read(createSchema, form(request));
      const { amount, currency, payment_method: paymentMethod, metadata, return_url: returnUrl = null } = asked;
      const decision = await ledger.authorize(
        keyOf(request),
        fingerprint(request),
        {
          amount,
          currency: currency.toUpperCase(),
          paymentMethod,
          reference: metadata['order_id'] ?? '',
          stripe: { metadata, paymentMethod, returnUrl },
        },
        (id) => beginning(`${request.protocol}://${request.host}/authorizations/${id}/act`),
      );
      await playOut(decision);
      const made = done(reply, decision, 'amount');
      const intent = paymentIntent(made, asked.expand.includes(WITH_CHARGE));
      if (made.status !== 'DECLINED') return intent;
      throw new StripeRefusal(402, { ...paymentError(made.reason ?? 'card_declined'), payment_intent: intent });
    });

    app.get('/payment_intents', async (request, reply) => {
      const { created, limit, starting_after: after, expand } = read(listSchema, query(request));
      await late();
      const page = await ledger.page({ from: time(created.gte), to: time(created.lt), after }, limit);
      if (page === undefined) throw missing(after ?? '', 'starting_after');
      const expanded = expand.includes(`data.${WITH_CHARGE}`);
      const data = page.data.map((one) => paymentIntent(one, expanded));
      return reply.send({ object: 'list', url: '/v1/payment_intents', has_more: page.hasMore, data });
    });

    app.get('/payment_intents/search', async (request, reply) => {
      const asked = read(searchSchema, query(request));
      const label = LABEL_QUERY.exec(asked.query);
      if (label === null) throw invalid('query', undefined, 'The simulator searches for one label only.');
      await late();
      const found = await ledger.findByLabel(label[2] ?? '', label[4] ?? '');
      const expanded = asked.expand.includes(`data.${WITH_CHARGE}`);
      const data = found.slice(0, asked.limit).map((one) => paymentIntent(one, expanded));
      const hasMore = found.length > asked.limit;
      return reply.send({
        object: 'search_result',
        url: '/v1/payment_intents/search',
        has_more: hasMore,
        next_page: null,
        data,
      });
    });

    app.get<{ Params: { id: string } }>('/payment_intents/:id', async (request, reply) => {
      const { expand } = read(retrieveSchema, query(request));
      await late();
      const found = await ledger.find(request.params.id);
      if (found === undefined) throw missing(request.params.id, 'intent');
      return reply.send(paymentIntent(found, expand.includes(WITH_CHARGE)));
    });

    const changing = async (request: FastifyRequest, id: string, what: Change, amount: number | undefined) => {
      const decision = await ledger.change(keyOf(request), fingerprint(request), id, what, amount);
      await playOut(decision);
      return decision;
    };

    app.post<{ Params: { id: string } }>('/payment_intents/:id/capture', async (request, reply) => {
      const { amount_to_capture: amount, expand } = read(captureSchema, form(request));
      const decision = await changing(request, request.params.id, 'capture', amount);
      const captured = done(reply, decision, 'amount_to_capture', request.params.id);
      return paymentIntent(captured, expand.includes(WITH_CHARGE));
    });

    app.post<{ Params: { id: string } }>('/payment_intents/:id/cancel', async (request, reply) => {
      const { expand } = read(cancelSchema, form(request));
      const decision = await changing(request, request.params.id, 'void', undefined);
      return paymentIntent(done(reply, decision, '', request.params.id), expand.includes(WITH_CHARGE));
    });

    app.post('/refunds', async (request, reply) => {
      const { payment_intent: id, amount, expand } = read(refundSchema, form(request));
      const decision = await changing(request, id, 'refund', amount);
      const refunded = done(reply, decision, 'amount', id);
      return refund(refunded, keyOf(request), amount, expand.includes(`payment_intent.${WITH_CHARGE}`));
    });
  };
}

function form(request: FastifyRequest): unknown {
  return readForm(request.body instanceof URLSearchParams ? request.body : new URLSearchParams());
}

function query(request: FastifyRequest): unknown {
  return readForm(new URLSearchParams(request.url.split('?')[1] ?? ''));
}

function read<S extends z.ZodType>(schema: S, fields: unknown): z.infer<S> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [param = ''] = issue.keys;
    throw invalid(param, 'parameter_unknown', `Received unknown parameter: ${param}`);
  }
  const [name = '', ...members] = issue?.path.map(String) ?? [];
  const param = name + members.map((member) => `[${member}]`).join('');
  throw invalid(param, 'parameter_invalid', `Invalid ${param}: ${issue?.message ?? 'invalid'}`);
}

/** One that did not send a key is not asked to: it gets one, as it would from Stripe. */
function keyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') {
    const made = randomUUID();
    request.headers['idempotency-key'] = made;
    return made;
  }
  if (key.length > 255) throw invalid('', 'idempotency_key_too_long', 'The Idempotency-Key is too long.');
  return key;
}

/** Tells two requests under one key apart, whatever the order of their fields. */
function fingerprint(request: FastifyRequest): string {
  const fields = request.body instanceof URLSearchParams ? [...request.body].map((field) => field.join('=')) : [];
  return createHash('sha256')
    .update(JSON.stringify([request.url, ...fields.toSorted()]))
    .digest('hex')
    .slice(0, 32);
}

/** @throws StripeRefusal unless it was done, now or before */
function done(reply: FastifyReply, decision: Decision, amountParam: string, id = ''): Authorization {
  switch (decision.kind) {
    case 'done':
      if (decision.number === null) reply.header('idempotent-replayed', 'true');
      return decision.authorization;
    case 'refused':
      throw decision.code === 'amount_too_large'
        ? invalid(amountParam, undefined, decision.message)
        : invalid(undefined, 'payment_intent_unexpected_state', decision.message);
    case 'unknown':
      throw missing(id, amountParam === 'amount' ? 'payment_intent' : 'intent');
    case 'key-reused':
      throw new StripeRefusal(400, {
        type: 'idempotency_error',
        message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
  }
}

function invalid(param: string | undefined, code: string | undefined, message: string): StripeRefusal {
  return new StripeRefusal(400, {
    type: 'invalid_request_error',
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
    message,
  });
}

function missing(id: string, param: string): StripeRefusal {
  const message = `No such payment_intent: '${id}'`;
  return new StripeRefusal(404, { type: 'invalid_request_error', code: 'resource_missing', param, message });
}

/** The last second that has a year of four digits: times are compared as texts. */
const LAST_SECOND = 253_402_300_799;

function time(seconds: number): string {
  return new Date(Math.min(seconds, LAST_SECOND) * 1_000).toISOString();
}
