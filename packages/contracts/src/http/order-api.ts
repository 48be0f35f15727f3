import { z } from 'zod';
import { movedCurrencySchema } from '../currencies.js';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, currencySchema, LIMITS, priceSchema, quantitySchema, summedQuantitySchema } from '../money.js';
import { providerIdSchema, reasonCodeSchema } from '../events/define.js';
import { adjustmentSchema, CHECK_STATES, DISPUTE_STATUSES, ORDER_STATUSES, orderStatusSchema } from '../order.js';
import { REASON_CODES } from '../reasons.js';
import { paymentMethodSchema } from '../events/payment-event.js';
import { EXAMPLE, withExamples } from './examples.js';
import * as example from './order-examples.js';
import { metadataSchema, shownMetadataSchema } from './metadata.js';
import { endingBeforeSchema, pageOf, pageQuerySchema, pointInTime } from './page.js';
import { label, text } from './text.js';
import { wholeNumber } from './whole-number.js';

export const referenceSchema = text(1, 100);

/** A refund’s id in a path. */
export const refundIdSchema = idSchema.meta({ description: 'The refund’s id', examples: [EXAMPLE.refundId] });

/** An order’s id in a path. */
export const orderIdSchema = idSchema.meta({ description: 'The order’s id', examples: [EXAMPLE.orderId] });

const orderRequestSchema = z.strictObject({
  items: z
    .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
    .min(1)
    .max(LIMITS.lines),
  currency: movedCurrencySchema,
  paymentMethod: paymentMethodSchema.describe(
    'The payment provider’s token for the payment method; unused when the total is 0',
  ),
  expectedTotal: amountSchema
    .optional()
    .describe(
      'The total that the customer saw, in minor units; if it differs from the order’s total, the order is refused',
    ),
  reference: label(1, 100).optional().describe('The customer’s reference for the order'),
  metadata: metadataSchema,
});
export const placeOrderSchema = withExamples(orderRequestSchema, { order: example.placing });
export type PlaceOrder = z.infer<typeof placeOrderSchema>;

/** Codes may be added: a client must expect unknown ones. */
const reasonSchema = z.enum(REASON_CODES).nullable();

/** Free text beside a code: what a provider or a service reported. */
const detailSchema = z.string().optional().describe('As reported by the provider or the service; only admins see it');

const disputeShape = z.object({
  disputeId: providerIdSchema.optional().describe('The provider’s id of it; only admins see it'),
  amount: amountSchema,
  withheldAmount: amountSchema.describe('What the provider withholds for it, in minor units'),
  reason: z.string().optional().describe('As reported by the provider; only admins see it'),
  respondBy: timestampSchema.nullable().describe('Until when the shop can respond'),
  status: z.enum(DISPUTE_STATUSES),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});

const orderShape = z.object({
  id: idSchema,
  customerId: z.string(),
  reference: z.string().nullable(),
  status: orderStatusSchema,
  lines: z.array(
    z.object({
      productId: idSchema,
      sku: z.string(),
      name: z.string(),
      quantity: quantitySchema,
      unitPrice: priceSchema,
      adjustmentAmount: z.int().describe('Its part of the adjustments that apply to lines, in minor units'),
      total: amountSchema.describe('What all its pieces cost, with that'),
    }),
  ),
  adjustments: z
    .array(adjustmentSchema)
    .describe(
      'Amounts of the total besides the prices of pieces; each applies to the lines or to the order as a whole',
    ),
  total: amountSchema.describe('In minor units, lines and adjustments together'),
  refundedTotal: amountSchema.describe('What was refunded of it, in minor units'),
  currency: currencySchema,
  reason: reasonSchema.describe('Why it does not complete, as a code of docs/reasons.md'),
  reasonDetail: detailSchema,
  checkCode: reasonCodeSchema
    .optional()
    .describe('With the reason check-refused: why, as a code of the shop’s own, fit for customers'),
  check: z
    .enum(CHECK_STATES)
    .optional()
    .describe('How the shop’s own check of it stands; absent when it is not checked. Only admins see it'),
  shortages: z
    .array(z.object({ productId: idSchema, quantity: summedQuantitySchema }))
    .describe('The products that were short, with the pieces ordered of each'),
  metadata: shownMetadataSchema.describe('As in the order’s request'),
  disputes: z.array(disputeShape).describe('The disputes of its payment, oldest first'),
  action: z
    .object({ redirectUrl: z.string().optional(), clientSecret: z.string().optional(), expiresAt: timestampSchema })
    .nullable()
    .describe('What the customer must do, and until when, for the payment to continue'),
  version: z.int().min(1).describe('One more with each change'),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export const orderSchema = withExamples(orderShape, {
  completed: example.completed,
  disputed: example.disputed,
  'the-customer-must-act': example.waitingForCustomer,
  declined: example.declined,
  'a-person-must-decide': example.inReview,
  'the-check-refused-it': example.refusedByCheck,
  'out-of-stock': example.outOfStock,
});
export type Order = z.infer<typeof orderSchema>;
/** An order as it is answered when it was placed, when it is being cancelled, and when that was requested before. */
export const placedOrderSchema = withExamples(orderShape, { placed: example.placed });
export const cancellingOrderSchema = withExamples(orderShape, { cancelling: example.cancelling });
export const cancelledOrderSchema = withExamples(orderShape, { cancelled: example.cancelled });

/** Below what browsers, load balancers and the public port allow a connection without traffic. */
const LONGEST_WAIT_MS = 20_000;
const LAST_VERSION = 999_999_999;

/** How long the reading of one order may wait, and for what. */
export const getOrderQuerySchema = z.strictObject({
  wait_ms: wholeNumber(0, LONGEST_WAIT_MS, 0, {
    description:
      'How long to wait, in milliseconds, for the order to end or for its customer to have to act (`action`); then it is ' +
      'answered as it stands. An order that has ended is answered at once',
    examples: [10_000],
  }),
  after_version: wholeNumber(0, LAST_VERSION, 0, {
    description:
      'With `wait_ms`: the `version` that was seen last. Only a later one is waited for, so that an action that the ' +
      'customer has taken already is not answered again',
    examples: [3],
  }),
});

export const listOrdersQuerySchema = pageQuerySchema.extend({
  ending_before: endingBeforeSchema,
  customer_id: text(1, 200)
    .optional()
    .meta({ description: 'Only orders of this customer', examples: [EXAMPLE.customerId] }),
  status: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(orderStatusSchema).min(1).max(ORDER_STATUSES.length),
    )
    .optional()
    .meta({
      description: 'Only orders with one of these statuses, separated by commas',
      examples: [['FAILED', 'PAYMENT_FAILED']],
      param: { style: 'form', explode: false },
    }),
  check: z
    .enum(CHECK_STATES)
    .optional()
    .meta({
      description:
        'For admins: only orders whose check stands so; those that wait for a person are in `REVIEW`. An order that left its check undecided is in none',
      examples: ['REVIEW'],
    }),
  created_after: pointInTime('Only orders that were placed at this time or later', EXAMPLE.occurredAt),
  created_before: pointInTime('Only orders that were placed before this time', EXAMPLE.expiresAt),
  updated_since: pointInTime(
    'For admins: only orders that have changed at this time or later, in the order of their changes. To continue, send ' +
      '`updatedAt` of the last one as `updated_since` and its id as `starting_after`: no change is missed',
    EXAMPLE.occurredAt,
  ),
  reference: referenceSchema
    .optional()
    .meta({ description: 'Only orders with this reference', examples: [EXAMPLE.reference] }),
});
export const orderPageSchema = withExamples(pageOf(orderShape), {
  page: { data: [example.completed, example.declined], has_more: true },
  none: { data: [], has_more: false },
});

/** One change of an order: what caused it (`input`), the step it led to, and which commands were sent. */
export const timelineEntrySchema = z.object({
  at: timestampSchema,
  input: z.string(),
  step: z.string(),
  status: orderStatusSchema,
  eventId: z.string().nullable(),
  sent: z.array(z.string()),
  reason: reasonSchema.describe('Why, as a code of docs/reasons.md'),
  reasonDetail: detailSchema,
});
export const timelineSchema = withExamples(z.object({ orderId: idSchema, data: z.array(timelineEntrySchema) }), {
  cancelled: example.timeline,
});
export type Timeline = z.infer<typeof timelineSchema>;

/** What a person decided about an order that waits for its check. */
const decisionShape = z.discriminatedUnion('decision', [
  z.strictObject({
    decision: z.literal('pass'),
    reason: label(1, 400).describe('Why, for the shop’s records; only admins see it'),
  }),
  z.strictObject({
    decision: z.literal('refuse'),
    code: reasonCodeSchema.describe('Why, as a code of the shop’s own, fit for customers'),
    reason: label(1, 400).describe('Why, for the shop’s records; only admins see it'),
  }),
]);
export const decideCheckSchema = withExamples(decisionShape, {
  pass: example.passing,
  refuse: example.refusing,
});
export type DecideCheck = z.infer<typeof decideCheckSchema>;
export const decidedOrderSchema = withExamples(orderShape, {
  passed: example.passedCheck,
  refused: example.refusedByPerson,
});

const refundTerms = {
  restock: z
    .boolean()
    .optional()
    .describe('Whether the pieces go back into stock; with an amount only if it is all that is left'),
  reason: label(1, 500).describe('Why, for the shop’s records; only admins see it'),
  metadata: metadataSchema,
};

const piecesSchema = z
  .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
  .min(1)
  .max(LIMITS.lines);
const kindsSchema = z
  .array(text(1, 50))
  .min(1)
  .max(100)
  .describe('Kinds of adjustments that apply to the order as a whole, like shipping; each at most once');

/** An amount in minor units; or pieces, adjustments or both, at what was paid for them; or pieces without money. */
const refundRequestSchema = z.union(
  [
    z.strictObject({ amount: amountSchema.min(1).describe('In minor units'), ...refundTerms }),
    z.strictObject({ items: piecesSchema, adjustments: kindsSchema.optional(), ...refundTerms }),
    z.strictObject({ adjustments: kindsSchema, reason: refundTerms.reason, metadata: metadataSchema }),
    z.strictObject({
      items: piecesSchema,
      amount: z.literal(0).describe('No money: the pieces are only put back into stock'),
      restock: z.literal(true),
      reason: refundTerms.reason,
      metadata: metadataSchema,
    }),
  ],
  {
    error: 'must have an amount, items or adjustments, and a reason; with items an amount can only be 0, with restock',
  },
);
export const refundOrderSchema = withExamples(refundRequestSchema, {
  pieces: example.refundingPieces,
  amount: example.refundingAmount,
  'pieces-without-money': example.restocking,
});
export type RefundOrder = z.infer<typeof refundOrderSchema>;

/** PENDING until the money is refunded and, with restock, the pieces are back in stock. */
export const REFUND_STATUSES = ['PENDING', 'SUCCEEDED', 'FAILED'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

const refundShape = z.object({
  refundId: idSchema,
  amount: amountSchema.describe(
    'In minor units: what was refunded or, while PENDING, is to be refunded; 0: only pieces',
  ),
  requestedAmount: amountSchema.optional().describe('The amount requested, when another was refunded'),
  lines: z
    .array(z.object({ productId: idSchema, quantity: quantitySchema }))
    .optional()
    .describe('The pieces that it is for; absent when an amount was requested'),
  adjustments: z.array(z.string()).optional().describe('The kinds of adjustments that it is for'),
  by: z.enum(['shop', 'provider']).describe('Where it was made: by this API (shop) or at the payment provider'),
  providerRefundId: z.string().optional().describe('The provider’s id of one made there; only admins see it'),
  restock: z.boolean(),
  restocked: z.boolean().describe('Whether the pieces are back in stock, also when the money came back later'),
  reason: z.string().optional().describe('From the request; only admins see it'),
  metadata: shownMetadataSchema.optional().describe('As in the refund’s request; only admins see it'),
  status: z.enum(REFUND_STATUSES),
  failure: reasonSchema.describe('Why it failed, as a code of docs/reasons.md'),
  failureDetail: detailSchema,
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export const refundSchema = withExamples(refundShape, { pieces: example.refundOfPieces });
export type Refund = z.infer<typeof refundSchema>;

export const refundsSchema = withExamples(z.object({ orderId: idSchema, data: z.array(refundShape) }), {
  refunds: { orderId: EXAMPLE.orderId, data: [example.refundPaid, example.refundPaidOtherwise] },
  none: { orderId: EXAMPLE.orderId, data: [] },
});
export type Refunds = z.infer<typeof refundsSchema>;
