import type { EventTypeOf, PayloadOf } from '../events/index.js';
import { newId } from '../ids.js';
import type { Topic } from '../topics.js';

/** Exactly one payload for each type there is: a new type does not compile until it has one here. */
export type SamplePayloads = { readonly [T in Topic]: { readonly [N in EventTypeOf<T>]: PayloadOf<T, N> } };

const commandId = newId();
const productId = newId();
const lines = [
  { productId, quantity: 2 },
  { productId: newId(), quantity: 100_000 },
];
const expiresAt = '2026-01-02T03:04:05.678Z';
const stock = { delta: -3, onHand: 10, reserved: 3, available: 7, version: 4 };
const catalogue = { sku: 'TEA-1', name: 'Tea “Ж” 茶 🍵', price: 100_000_000, currency: 'KRW', version: 1 };
const order = {
  customerId: 'c-1',
  reference: 'my order',
  status: 'COMPLETED' as const,
  lines: [{ productId, sku: 'TEA-1', quantity: 2, unitPrice: 250 }],
  adjustments: [{ kind: 'shipping', label: 'Shipping', amount: 300 }],
  total: 800,
  currency: 'EUR',
  refundedTotal: 0,
};

export const SAMPLE_PAYLOADS: SamplePayloads = {
  'reservation-event': {
    RESERVATION_CREATE_REQUEST: { commandId, lines },
    RESERVATION_CONFIRM_REQUEST: { commandId },
    RESERVATION_RELEASE_REQUEST: { commandId, reason: 'the payment was declined' },
    RESERVATION_RESTOCK_REQUEST: { commandId, refundId: newId(), lines },
  },
  'payment-event': {
    PAYMENT_CREATE_REQUEST: { commandId, amount: Number.MAX_SAFE_INTEGER, currency: 'EUR', paymentMethod: 'tok_visa' },
    PAYMENT_CONFIRM_REQUEST: { commandId, amount: 800 },
    PAYMENT_RELEASE_REQUEST: { commandId, reason: 'the reservation expired' },
    PAYMENT_REFUND_REQUEST: { commandId, refundId: newId(), amount: 1 },
  },
  'order-event': {
    RESERVATION_CREATION_SUCCEEDED: { commandId, reservationId: newId(), expiresAt },
    RESERVATION_CREATION_FAILED: { commandId, reason: 'OUT_OF_STOCK', lines },
    RESERVATION_CONFIRM: { commandId },
    RESERVATION_CONFIRM_FAILED: { commandId, reason: 'expired' },
    RESERVATION_EXPIRED: {},
    RESERVATION_RELEASE: { commandId, restocked: true },
    RESERVATION_RESTOCKED: { commandId, refundId: newId() },
    PAYMENT_CREATION_SUCCEEDED: { commandId, paymentId: newId(), amount: 800 },
    PAYMENT_ACTION_REQUIRED: { commandId, paymentId: newId(), redirectUrl: 'https://bank.example/3ds', expiresAt },
    PAYMENT_CREATION_FAILED: { commandId, reason: 'declined' },
    PAYMENT_CONFIRM: { commandId, capturedAmount: 800 },
    PAYMENT_CONFIRM_FAILED: { commandId, reason: 'the authorisation is gone' },
    PAYMENT_RELEASE: { commandId, voided: true, refundedAmount: 0 },
    PAYMENT_REFUNDED: { commandId, refundId: newId(), amount: 1 },
    PAYMENT_REFUND_FAILED: { commandId, refundId: newId(), reason: 'too much' },
  },
  'order-lifecycle-event': {
    ORDER_PLACED: order,
    ORDER_COMPLETED: order,
    ORDER_FAILED: order,
    ORDER_CANCELLED: order,
    ORDER_REFUNDED: order,
  },
  'product-event': { CREATED: stock, INCREMENT_STOCK: stock, DECREMENT_STOCK: stock },
  'catalog-event': {
    PRODUCT_REGISTERED: { ...catalogue, initialStock: 12 },
    PRICE_CHANGED: { ...catalogue, version: 2 },
    PRODUCT_RETIRED: { ...catalogue, version: 3 },
  },
};
