import type { FastifyInstance } from 'fastify';
import type { Authorization } from '../authorization.js';
import type { Ledger } from '../ledger.js';
import { dispute, refund, type StripeObject } from './stripe-objects.js';
import { expansion, missing, query, read } from './stripe-replies.js';
import { pageSchema, retrieveSchema } from './stripe-requests.js';

/** How things that belong to a payment are shown in Stripe's form; undefined: it is not there. */
type Show = (of: Authorization, id: string, expand: readonly string[]) => StripeObject | undefined;

/** Refunds and disputes by id, and in pages: of one payment or of all, the newest first. */
export function refundAndDisputeRoutes(app: FastifyInstance, ledger: Ledger, late: () => Promise<void>): void {
  const shows: Record<'refunds' | 'disputes', Show> = {
    refunds: (of, id, expand) => refundAnswer(of, id, expand),
    disputes: (of, id) => {
      const found = of.disputes.find((one) => one.id === id);
      return found && dispute(of, found);
    },
  };
  for (const kind of ['refunds', 'disputes'] as const) {
    const show = shows[kind];
    app.get(`/${kind}`, async (request) => {
      const asked = read(pageSchema, query(request));
      const { payment_intent: intent, limit, starting_after: after, expand } = asked;
      await late();
      const page = await ledger.owners(kind, intent, after, limit);
      if (page === undefined) throw missing(after ?? '', 'starting_after', kind.slice(0, -1));
      const inner = expand.map((path) => path.replace(/^data\./u, ''));
      const data = page.data.flatMap(([id, of]) => show(of, id, inner) ?? []);
      return { object: 'list', url: `/v1/${kind}`, has_more: page.hasMore, data };
    });

    app.get<{ Params: { id: string } }>(`/${kind}/:id`, async (request) => {
      const { expand } = read(retrieveSchema, query(request));
      const { id } = request.params;
      await late();
      const of = await ledger.findOwner(kind, id);
      const shown = of && show(of, id, expand);
      if (shown === undefined) throw missing(id, 'id', kind.slice(0, -1));
      return shown;
    });
  }
}

/** A refund, with its payment as a whole when it is asked for. */
export function refundAnswer(of: Authorization, refundId: string, expand: readonly string[]): StripeObject | undefined {
  const found = of.refunds.find(({ id }) => id === refundId);
  if (found === undefined) return undefined;
  const whole = expand.some((path) => path === 'payment_intent' || path.startsWith('payment_intent.'));
  return refund(of, found, whole ? expansion(expand, 'payment_intent.latest_charge') : undefined);
}
