/**
 * What a provider can do beside moving money, where providers differ. `webhooks`: it reports changes. `customer-action`:
 * a customer may have to approve a payment. `list`: it lists its payments of a span of time. `partial-capture`: less than
 * was authorised can be captured. `by-hand`: people can refund, capture and void at its dashboard, and refunds can be sent
 * back. `pending-refunds`: a refund may take its time. `disputes`: customers can dispute payments. `forgotten-keys`: it
 * forgets idempotency keys after a while.
 */
export const CAPABILITIES = [
  'webhooks',
  'customer-action',
  'list',
  'partial-capture',
  'by-hand',
  'pending-refunds',
  'disputes',
  'forgotten-keys',
] as const;
export type Capability = (typeof CAPABILITIES)[number];
