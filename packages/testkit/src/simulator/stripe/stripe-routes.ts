import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { capture, voidIt, type Change } from '../changes.js';
import type { Beginning, Decision, Ledger } from '../ledger.js';
import type { RefundAsked } from '../routes.js';
import { balanceTransaction, paymentError, paymentIntent } from './stripe-objects.js';
import { refundAndDisputeRoutes, refundAnswer } from './stripe-refund-routes.js';
import {
  done,
  expansion,
  fingerprint,
  form,
  invalid,
  keyOf,
  missing,
  query,
  read,
  StripeRefusal,
} from './stripe-replies.js';
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
  /** what becomes of an authorisation whose refund is asked for */
  readonly refunding: (asked: RefundAsked) => Change;
  /** reports what a request did, and lets its answer wait */
  readonly playOut: (decision: Decision) => Promise<void>;
  /** lets any other answer wait */
  readonly late: () => Promise<void>;
  readonly onUnexpected: (error: unknown) => void;
}

/** Test keys only: nobody's real key has any business here. */
const TEST_KEY = /^Bearer sk_test_\w+$/u;
const CHARGE = 'latest_charge';

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
      const { authorization: made } = done(reply, decision, 'amount');
      const intent = paymentIntent(made, expansion(asked.expand, CHARGE));
      if (made.status !== 'DECLINED') return intent;
      throw new StripeRefusal(402, { ...paymentError(made.reason ?? 'card_declined'), payment_intent: intent });
    });

    app.get('/payment_intents', async (request, reply) => {
      const { created, limit, starting_after: after, expand } = read(listSchema, query(request));
      await late();
      const page = await ledger.page({ from: time(created.gte), to: time(created.lt), after }, limit);
      if (page === undefined) throw missing(after ?? '', 'starting_after');
      const expanded = expansion(expand, `data.${CHARGE}`);
      const data = page.data.map((one) => paymentIntent(one, expanded));
      return reply.send({ object: 'list', url: '/v1/payment_intents', has_more: page.hasMore, data });
    });

    app.get('/payment_intents/search', async (request, reply) => {
      const asked = read(searchSchema, query(request));
      const label = LABEL_QUERY.exec(asked.query);
      if (label === null) throw invalid('query', undefined, 'The simulator searches for one label only.');
      await late();
      const found = await ledger.findByLabel(label[2] ?? '', label[4] ?? '');
      const expanded = expansion(asked.expand, `data.${CHARGE}`);
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
      return reply.send(paymentIntent(found, expansion(expand, CHARGE)));
    });

    const changing = async (request: FastifyRequest, id: string, change: Change): Promise<Decision> => {
      const decision = await ledger.change({ key: keyOf(request), fingerprint: fingerprint(request) }, id, change);
      await playOut(decision);
      return decision;
    };

    app.post<{ Params: { id: string } }>('/payment_intents/:id/capture', async (request, reply) => {
      const { amount_to_capture: amount, expand } = read(captureSchema, form(request));
      const decision = await changing(request, request.params.id, capture(amount));
      const { authorization } = done(reply, decision, 'amount_to_capture', request.params.id);
      return paymentIntent(authorization, expansion(expand, CHARGE));
    });

    app.post<{ Params: { id: string } }>('/payment_intents/:id/cancel', async (request, reply) => {
      const { expand } = read(cancelSchema, form(request));
      const decision = await changing(request, request.params.id, voidIt);
      const { authorization } = done(reply, decision, '', request.params.id);
      return paymentIntent(authorization, expansion(expand, CHARGE));
    });

    app.get<{ Params: { id: string } }>('/balance_transactions/:id', async (request, reply) => {
      const { id } = request.params;
      await late();
      const found = await ledger.find(id.replace(/^txn_/u, ''));
      if (found === undefined || found.capturedAmount === 0) throw missing(id, 'id', 'balance_transaction');
      return reply.send(balanceTransaction(found));
    });

    app.post('/refunds', async (request, reply) => {
      const { payment_intent: id, amount, metadata, expand } = read(refundSchema, form(request));
      const decision = await changing(request, id, options.refunding({ amount, metadata }));
      const { authorization, happening } = done(reply, decision, 'amount', id);
      return reply.send(refundAnswer(authorization, 'refundId' in happening ? happening.refundId : '', expand));
    });
    refundAndDisputeRoutes(app, ledger, late);
  };
}

/** The last second that has a year of four digits: times are compared as texts. */
const LAST_SECOND = 253_402_300_799;

function time(seconds: number): string {
  return new Date(Math.min(seconds, LAST_SECOND) * 1_000).toISOString();
}
