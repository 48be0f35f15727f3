/** Values of the examples of events: fixed, since generated documents show them, and all of one order and product. */
export const SAMPLE = {
  eventId: '0190a6c2-7f20-7b11-8d02-6a1c5d9e0f31',
  orderId: '0190a6c2-7f1e-7c3a-9b57-3d2f8e1a4b60',
  productId: '0190a6b0-11aa-7e4d-a3c9-55d0c2b7e801',
  otherProductId: '0190a6b0-4c02-7f00-b1de-0a9a7e3c6d12',
  commandId: '0190a6c2-7f1e-7001-9b57-3d2f8e1a4b60',
  reservationId: '0190a6c2-8003-7a5b-8e44-91b2f7c0d3a5',
  paymentId: '0190a6c2-80f1-7d22-9c3e-2b7f40e1a6c9',
  refundId: '0190a6d9-03c4-7e10-8f6a-c4d81b20e795',
  occurredAt: '2026-01-02T03:04:05.678Z',
  expiresAt: '2026-01-02T03:19:05.678Z',
} as const;
