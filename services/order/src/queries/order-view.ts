import type { Order, OrderStatus } from '@outrider/contracts';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';
import type { Dispute } from '../domain/ledger.js';
import { lineTotal } from '../domain/paid-parts.js';
import type { Saga } from '../domain/saga-state.js';
import { forAdmins, type Viewer } from './viewer.js';

/** An order as it stands, with all that anybody may see of it. */
export interface StoredOrder {
  readonly order: Omit<AcceptedOrder, 'paymentMethod'>;
  readonly lines: readonly OrderLine[];
  readonly status: OrderStatus;
  readonly saga: Pick<
    Saga,
    'step' | 'refundedAmount' | 'why' | 'shortages' | 'check' | 'checkCode' | 'action' | 'version'
  >;
  readonly disputes: readonly StoredDispute[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StoredDispute extends Dispute {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An order as it is shown to the viewer. */
export function orderView(stored: StoredOrder, viewer: Viewer): Order {
  const { order, saga } = stored;
  return {
    id: order.id,
    customerId: order.customerId,
    reference: order.reference,
    status: stored.status,
    lines: stored.lines.map((line) => ({ ...line, total: lineTotal(line) })),
    adjustments: [...order.adjustments],
    total: order.total,
    refundedTotal: saga.refundedAmount,
    currency: order.currency,
    reason: saga.why?.code ?? null,
    ...forAdmins(viewer, { reasonDetail: saga.why?.detail ?? null }),
    ...(saga.checkCode !== null && { checkCode: saga.checkCode }),
    ...(viewer.kind === 'admin' && checkView(saga)),
    shortages: [...saga.shortages],
    metadata: order.metadata,
    disputes: stored.disputes.map((dispute) => disputeView(dispute, viewer)),
    action: saga.action,
    version: saga.version,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

/** How the check stands; an order that left it undecided, as one that was cancelled meanwhile, shows none. */
function checkView({ step, check }: Pick<Saga, 'step' | 'check'>): Pick<Order, 'check'> {
  switch (check) {
    case null:
      return {};
    case 'PASSED':
    case 'REFUSED':
      return { check };
    case 'DUE':
      return step === 'RESERVING' ? { check } : {};
    case 'ASKED':
    case 'REVIEW':
      return step === 'CHECKING' ? { check } : {};
  }
}

function disputeView(
  { disputeId, reason, createdAt, updatedAt, ...shown }: StoredDispute,
  viewer: Viewer,
): Order['disputes'][number] {
  return {
    ...forAdmins(viewer, { disputeId, reason }),
    ...shown,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
