import { randomUUID } from 'node:crypto';
import type { Authorization, RefundStatus } from './authorization.js';
import type { Behaviour } from './behaviour.js';
import type { Change, Happening } from './changes.js';
import { drawer } from './draw.js';
import type { LedgerCounts } from './ledger.js';
import type { Plan, Planned } from './ledger-line.js';
import { refund, updateRefund } from './refund-changes.js';

/** How long after what it follows from, in ms, something happens by itself. */
export interface PlanSettings {
  readonly seed: number;
  readonly behaviour: Behaviour;
  readonly laterMs: number;
}

/** Draws what will happen by itself: to refunds, and by people at the dashboard. */
export class Plans {
  readonly #pending: (index: number, percent: number) => boolean;
  readonly #returned: (index: number, percent: number) => boolean;
  readonly #dashboard: (index: number, percent: number) => boolean;

  constructor(private readonly settings: PlanSettings) {
    this.#pending = drawer(settings.seed, 'pending');
    this.#returned = drawer(settings.seed, 'returned');
    this.#dashboard = drawer(settings.seed, 'dashboard');
  }

  /** How the next refund begins. */
  refundBegins({ refunds }: LedgerCounts): RefundStatus {
    return this.#pending(refunds, this.settings.behaviour.pending) ? 'PENDING' : 'SUCCEEDED';
  }

  /** What follows from a change; `counts` are those before it. */
  after(authorization: Authorization, happening: Happening, counts: LedgerCounts): Planned[] {
    const { behaviour, laterMs } = this.settings;
    const planned = (plan: Plan, times: number): Planned => ({
      id: randomUUID(),
      authorizationId: authorization.id,
      at: new Date(Date.now() + times * laterMs).toISOString(),
      plan,
    });
    if (happening.type === 'refund.created') {
      const { refundId } = happening;
      const begun = authorization.refunds.find(({ id }) => id === refundId)?.status;
      return [
        ...(begun === 'PENDING' ? [planned({ what: 'refund-succeeds', refundId }, 1)] : []),
        ...(this.#returned(counts.refunds, behaviour.returned)
          ? [planned({ what: 'refund-returns', refundId }, 2)]
          : []),
      ];
    }
    const captured = happening.type === 'authorization' && authorization.status === 'CAPTURED';
    if (!captured || !this.#dashboard(counts.captures, behaviour.dashboard)) return [];
    const whole = authorization.capturedAmount;
    // every second one in part; one unit cannot be refunded in part
    const amount = counts.captures % 2 === 0 ? whole : Math.ceil(whole / 2);
    return [planned({ what: 'dashboard-refund', amount }, 1)];
  }
}

/** What is done when it is due. It may not be possible any more: then nothing happens. */
export function changeOf(plan: Plan, begins: () => RefundStatus, now: string): Change {
  switch (plan.what) {
    case 'refund-succeeds':
      return updateRefund(plan.refundId, 'SUCCEEDED', undefined);
    case 'refund-returns':
      return updateRefund(plan.refundId, 'FAILED', 'lost_or_stolen_card');
    case 'dashboard-refund':
      return (before) => {
        const amount = Math.min(plan.amount, before.capturedAmount - before.refundedAmount);
        return refund({
          id: newRefundId(),
          amount,
          status: begins(),
          metadata: {},
          by: 'dashboard',
          createdAt: now,
        })(before);
      };
  }
}

export function newRefundId(): string {
  return `re_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
}
