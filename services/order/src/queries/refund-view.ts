import type { Refund } from '@outrider/contracts';
import type { StoredRefund } from '../persistence/statements/read-refunds.js';
import { forAdmins, type Viewer } from './viewer.js';

/** A refund as it is shown to the viewer. */
export function refundView(stored: StoredRefund, viewer: Viewer): Refund {
  const { reason, failureDetail, providerRefundId, metadata } = stored;
  const { refundId, amount, requestedAmount, lines, adjustments, by, restock, restocked, status, failure } = stored;
  const { createdAt, updatedAt } = stored;
  return {
    refundId,
    amount,
    ...(requestedAmount !== undefined && { requestedAmount }),
    ...(lines !== undefined && { lines }),
    ...(adjustments !== undefined && { adjustments }),
    by,
    restock,
    restocked,
    status,
    failure,
    createdAt,
    updatedAt,
    ...forAdmins(viewer, { reason, failureDetail, providerRefundId }),
    ...(viewer.kind === 'admin' && { metadata: { ...metadata } }),
  };
}
