import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { answer, malformed, refuse } from './answers.js';
import { capture, captureWithRelease, voidIt, type Change } from './changes.js';
import { closeDispute, dispute, escalate } from './dispute-changes.js';
import type { Decision, Ledger } from './ledger.js';
import { newRefundId } from './plans.js';
import { refund, updateRefund } from './refund-changes.js';

export interface DashboardRouteOptions {
  readonly ledger: Ledger;
  /** reports it to the merchant */
  readonly tell: (decision: Decision) => void;
}

/** How long a merchant has to answer a dispute: as with Stripe, a week and a little. */
const RESPOND_WITHIN_MS = 8 * 86_400_000;

const amount = z.int().positive().max(Number.MAX_SAFE_INTEGER).optional();
const amountSchema = z.strictObject({ amount });
const captureSchema = z.strictObject({ amount, restAsRefund: z.boolean().default(false) });
const nothingSchema = z.strictObject({});
const disputeSchema = z.strictObject({
  amount,
  reason: z.string().min(1).max(100).default('general'),
  inquiry: z.boolean().default(false),
});
const updateSchema = z.strictObject({
  status: z.enum(['SUCCEEDED', 'FAILED', 'CANCELED']),
  reason: z.string().min(1).max(100).optional(),
});
const closeSchema = z.strictObject({ outcome: z.enum(['WON', 'LOST', 'CLOSED']) });

/** What people do by hand at the provider, and what banks do: each is done every time it is asked for. */
export function dashboardRoutes(options: DashboardRouteOptions): (app: FastifyInstance) => Promise<void> {
  const { ledger, tell } = options;
  const done = async (reply: FastifyReply, id: string, change: Change): Promise<unknown> => {
    const decision = await ledger.change({ by: 'hand' }, id, change);
    tell(decision);
    return answer(reply, decision, 200);
  };
  return async (app) => {
    const byHand = <S extends z.ZodType>(what: string, schema: S, change: (body: z.infer<S>) => Change): void => {
      app.post<{ Params: { id: string } }>(`/authorizations/:id/${what}`, async (request, reply) => {
        const body = schema.safeParse(request.body ?? {});
        return body.success ? done(reply, request.params.id, change(body.data)) : malformed(reply, body.error);
      });
    };
    byHand('capture', captureSchema, ({ amount: captured, restAsRefund }) =>
      restAsRefund ? captureWithRelease(captured, { id: newRefundId(), createdAt: ledger.now() }) : capture(captured),
    );
    byHand('void', nothingSchema, () => voidIt);
    byHand('refund', amountSchema, (body) =>
      refund({
        id: newRefundId(),
        amount: body.amount,
        status: 'SUCCEEDED',
        metadata: {},
        by: 'dashboard',
        createdAt: ledger.now(),
      }),
    );
    byHand('dispute', disputeSchema, ({ amount: disputed, reason, inquiry }) =>
      dispute({
        id: `dp_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
        amount: disputed,
        reason,
        inquiry,
        respondBy: new Date(Date.now() + RESPOND_WITHIN_MS).toISOString(),
        createdAt: ledger.now(),
      }),
    );

    const toOne = <S extends z.ZodType>(
      of: 'refunds' | 'disputes',
      what: string,
      schema: S,
      change: (id: string, body: z.infer<S>) => Change,
    ): void => {
      app.post<{ Params: { id: string } }>(`/${of}/:id/${what}`, async (request, reply) => {
        const body = schema.safeParse(request.body ?? {});
        if (!body.success) return malformed(reply, body.error);
        const { id } = request.params;
        const owner = await ledger.findOwner(of, id);
        if (owner === undefined) return refuse(reply, 404, 'not_found', 'There is no such thing.');
        return done(reply, owner.id, change(id, body.data));
      });
    };
    toOne('refunds', 'update', updateSchema, (id, { status, reason }) => updateRefund(id, status, reason));
    toOne('disputes', 'escalate', nothingSchema, (id) => escalate(id));
    toOne('disputes', 'close', closeSchema, (id, { outcome }) => closeDispute(id, outcome));

    app.post('/forget-keys', async () => {
      await ledger.forgetKeys();
      return { forgotten: true };
    });
  };
}
