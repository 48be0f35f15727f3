import { EXAMPLE } from './examples.js';

const { productId, otherProductId, tea, cup, total, reference } = EXAMPLE;

const at = (seconds: number): string => new Date(Date.parse(EXAMPLE.occurredAt) + seconds * 1000).toISOString();

/** What a customer asks for. */
export const placing = {
  items: [
    { productId, quantity: 2 },
    { productId: otherProductId, quantity: 1 },
  ],
  currency: 'EUR',
  paymentMethod: EXAMPLE.paymentMethod,
  expectedTotal: total,
  reference,
  metadata: { 'gift-note': 'Happy birthday', shop: 'Hamburg 2' },
};

const asPriced = (value: number) => ({ adjustmentAmount: 0, total: value });

const order = {
  id: EXAMPLE.orderId,
  customerId: EXAMPLE.customerId,
  reference,
  lines: [
    { productId, sku: tea.sku, name: tea.name, quantity: 2, unitPrice: tea.price, ...asPriced(2 * tea.price) },
    {
      productId: otherProductId,
      sku: cup.sku,
      name: cup.name,
      quantity: 1,
      unitPrice: cup.price,
      ...asPriced(cup.price),
    },
  ],
  adjustments: [],
  total,
  refundedTotal: 0,
  currency: 'EUR',
  reason: null,
  shortages: [],
  metadata: placing.metadata,
  disputes: [],
  action: null,
  createdAt: at(0),
};

export const placed = { ...order, status: 'CREATED' as const, version: 1, updatedAt: at(0) };
export const completed = { ...order, status: 'COMPLETED' as const, version: 5, updatedAt: at(4) };
export const disputed = {
  ...completed,
  disputes: [
    {
      disputeId: 'dp_1QK7',
      amount: total,
      withheldAmount: total,
      reason: 'product_not_received',
      respondBy: at(10 * 86_400),
      status: 'OPEN' as const,
      createdAt: at(86_400),
      updatedAt: at(86_400),
    },
  ],
  version: 6,
  updatedAt: at(86_400),
};
export const cancelling = {
  ...order,
  status: 'CANCELLING' as const,
  reason: 'cancelled' as const,
  version: 4,
  updatedAt: at(60),
};
export const cancelled = {
  ...order,
  status: 'CANCELLED' as const,
  reason: 'cancelled' as const,
  version: 6,
  updatedAt: at(62),
};
export const declined = {
  ...order,
  status: 'PAYMENT_FAILED' as const,
  reason: 'card-declined' as const,
  reasonDetail: 'do_not_honor',
  version: 5,
  updatedAt: at(3),
};
export const outOfStock = {
  ...order,
  status: 'FAILED' as const,
  reason: 'out-of-stock' as const,
  shortages: [{ productId: otherProductId, quantity: 1 }],
  version: 2,
  updatedAt: at(1),
};
export const waitingForCustomer = {
  ...order,
  status: 'PAYING' as const,
  action: { redirectUrl: 'https://pay.example/confirm/7QK2M', expiresAt: EXAMPLE.expiresAt },
  version: 3,
  updatedAt: at(2),
};

export const inReview = {
  ...order,
  status: 'CREATED' as const,
  check: 'REVIEW' as const,
  version: 3,
  updatedAt: at(1),
};
export const passedCheck = {
  ...inReview,
  status: 'PAYING' as const,
  check: 'PASSED' as const,
  version: 4,
  updatedAt: at(600),
};
export const refusedByPerson = {
  ...order,
  status: 'COMPENSATING' as const,
  reason: 'check-refused' as const,
  reasonDetail: 'refused by boss: The address does not exist',
  checkCode: 'address-unknown',
  check: 'REFUSED' as const,
  version: 4,
  updatedAt: at(600),
};
export const refusedByCheck = {
  ...order,
  status: 'FAILED' as const,
  reason: 'check-refused' as const,
  checkCode: 'credit-limit',
  version: 4,
  updatedAt: at(2),
};

/** What an admin decides about an order that waits for a person. */
export const passing = { decision: 'pass' as const, reason: 'The customer has called' };
export const refusing = {
  decision: 'refuse' as const,
  code: 'address-unknown',
  reason: 'The address does not exist',
};

const entry = { eventId: null, reason: null };
/** How an order comes to be cancelled. */
export const timeline = {
  orderId: EXAMPLE.orderId,
  data: [
    {
      ...entry,
      at: at(0),
      input: 'PLACED',
      step: 'RESERVING',
      status: 'CREATED' as const,
      sent: ['RESERVATION_CREATE_REQUEST'],
    },
    {
      ...entry,
      at: at(1),
      input: 'RESERVATION_CREATION_SUCCEEDED',
      step: 'AUTHORIZING',
      status: 'PAYING' as const,
      eventId: EXAMPLE.eventId,
      sent: ['PAYMENT_CREATE_REQUEST'],
    },
    {
      ...entry,
      at: at(2),
      input: 'CANCEL',
      step: 'COMPENSATING',
      status: 'CANCELLING' as const,
      sent: ['RESERVATION_RELEASE_REQUEST', 'PAYMENT_RELEASE_REQUEST'],
      reason: 'cancelled' as const,
    },
  ],
};

const refundTerms = { restock: true, reason: 'One packet came back unopened', metadata: { ticket: '4711' } };

/** What an admin asks for: pieces, or an amount. */
export const refundingPieces = { items: [{ productId, quantity: 1 }], ...refundTerms };
export const refundingAmount = { amount: 500, reason: 'The parcel came a week late' };

export const restocking = {
  items: [{ productId: otherProductId, quantity: 1 }],
  amount: 0 as const,
  restock: true as const,
  reason: 'The cup came back, its price had been given back before',
};

export const refundOfPieces = {
  refundId: EXAMPLE.refundId,
  amount: tea.price,
  lines: [{ productId, quantity: 1 }],
  by: 'shop' as const,
  ...refundTerms,
  restocked: false,
  status: 'PENDING' as const,
  failure: null,
  createdAt: at(86_400),
  updatedAt: at(86_400),
};
export const refundPaid = { ...refundOfPieces, status: 'SUCCEEDED' as const, restocked: true, updatedAt: at(86_403) };
export const refundPaidOtherwise = {
  ...refundPaid,
  refundId: '01976a3e-8f20-7c4a-b6d1-3e5f70819aa7',
  amount: tea.price - 90,
  requestedAmount: tea.price,
  restock: false,
  restocked: false,
};
