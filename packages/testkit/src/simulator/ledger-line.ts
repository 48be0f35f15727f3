import { z } from 'zod';
import { sumOfRefunds, type Authorization } from './authorization.js';

const amount = z.int().min(0);
const refundSchema = z.strictObject({
  id: z.string(),
  amount: z.int().positive(),
  status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED']),
  reason: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  by: z.enum(['api', 'dashboard', 'release']),
  createdAt: z.string(),
});
const disputeSchema = z.strictObject({
  id: z.string(),
  amount: z.int().positive(),
  withheldAmount: amount,
  reason: z.string(),
  status: z.enum(['OPEN', 'WON', 'LOST', 'CLOSED']),
  inquiry: z.boolean(),
  respondBy: z.string().nullable(),
  createdAt: z.string(),
});
const authorizationSchema = z.strictObject({
  id: z.string(),
  reference: z.string(),
  amount: z.int().positive(),
  currency: z.string(),
  status: z.enum(['REQUIRES_ACTION', 'AUTHORIZED', 'DECLINED', 'CAPTURED', 'VOIDED', 'PARTIALLY_REFUNDED', 'REFUNDED']),
  capturedAmount: amount,
  refundedAmount: amount,
  reason: z.string().nullable(),
  redirectUrl: z.string().nullable().default(null),
  createdAt: z.string(),
  refunds: z.array(refundSchema).default([]),
  disputes: z.array(disputeSchema).default([]),
  stripe: z
    .strictObject({
      metadata: z.record(z.string(), z.string()),
      paymentMethod: z.string(),
      returnUrl: z.string().nullable(),
    })
    .nullable()
    .default(null),
});
const storedSchema = authorizationSchema.refine(
  ({ refunds, refundedAmount }) => sumOfRefunds(refunds) === refundedAmount,
  {
    message: 'what is refunded is not the sum of its refunds: an earlier version of the simulator wrote it',
  },
);
/** What `GET /ledger` shows of an authorisation. */
export const ledgerEntrySchema = authorizationSchema.omit({ reason: true, redirectUrl: true, stripe: true });

const happeningSchema = z.union([
  z.strictObject({ type: z.literal('authorization') }),
  z.strictObject({ type: z.enum(['refund.created', 'refund.updated', 'refund.failed']), refundId: z.string() }),
  z.strictObject({ type: z.enum(['dispute.created', 'dispute.updated', 'dispute.closed']), disputeId: z.string() }),
]);
const planSchema = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('refund-succeeds'), refundId: z.string() }),
  z.strictObject({ what: z.literal('refund-returns'), refundId: z.string() }),
  z.strictObject({ what: z.literal('dashboard-refund'), amount: z.int().positive() }),
]);
const plannedSchema = z.strictObject({
  id: z.string(),
  authorizationId: z.string(),
  at: z.string(),
  plan: planSchema,
});

/**
 * A line of the file: something that was decided, and what the authorisation is after it. It was asked for under a
 * `key`, or is what an earlier line had planned (`played`), or was done by hand.
 */
export const lineSchema = z.strictObject({
  at: z.string(),
  key: z.string().optional(),
  fingerprint: z.string().optional(),
  played: z.string().optional(),
  authorization: storedSchema.optional(),
  happening: happeningSchema.default({ type: 'authorization' }),
  refusal: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  /** what will happen later because of it */
  planned: z.array(plannedSchema).optional(),
  /** all keys before this line are forgotten */
  forgetKeys: z.literal(true).optional(),
});
export type Line = Readonly<Omit<z.infer<typeof lineSchema>, 'authorization' | 'planned'>> & {
  readonly authorization?: Authorization | undefined;
  readonly planned?: readonly Planned[] | undefined;
};

/** Something that will happen to an authorisation by itself. */
export type Plan = z.infer<typeof planSchema>;
export type Planned = Readonly<z.infer<typeof plannedSchema>>;
