import { z } from 'zod';
import { EXAMPLE, withExamples } from './examples.js';

/** A payment provider’s name in a path. */
export const providerNameSchema = z
  .string()
  .max(100)
  .meta({
    description: 'The payment provider that sends it; only the configured one is accepted',
    examples: ['stripe'],
  });

/** The provider's signature of the bytes of the body; verified before the body is parsed. */
const signature = (provider: string) =>
  z
    .string()
    .optional()
    .meta({
      description:
        `What ${provider} signs with: \`t=\` and the seconds since 1970, \`v1=\` and the HMAC-SHA256 of ` +
        'these seconds, a full stop and the body, in hex. Its time may be some minutes off, not more',
      examples: [`t=1767323045,v1=${'5257a869e7ecebeda32affa62cdca3fa'.repeat(2)}`],
    });
export const webhookHeadersSchema = z.object({
  'Stripe-Signature': signature('Stripe'),
  'Simulator-Signature': signature('the simulator of the local run'),
});

/** A provider's own format. The provider's adapter reads what it needs, after the signature is verified. */
export const webhookSchema = withExamples(z.unknown(), {
  stripe: {
    id: 'evt_3PYkQz2eZvKYlo2C1wKZ7s0R',
    object: 'event',
    type: 'payment_intent.amount_capturable_updated',
    created: 1_767_323_045,
    data: {
      object: {
        id: 'pi_3PYkQz2eZvKYlo2C1gB4hT9x',
        object: 'payment_intent',
        status: 'requires_capture',
        amount: EXAMPLE.total,
        amount_received: 0,
        currency: 'eur',
        created: 1_767_323_044,
        metadata: { order_id: EXAMPLE.orderId },
      },
    },
  },
  simulator: {
    id: 'evt_0b9f7a52-51f0-4f9c-9a39-0f0d9a4f6f0e',
    type: 'authorization.authorized',
    createdAt: EXAMPLE.occurredAt,
    data: {
      id: 'auth_9d1f4c3a',
      reference: EXAMPLE.orderId,
      status: 'AUTHORIZED',
      amount: EXAMPLE.total,
      currency: 'EUR',
      capturedAmount: 0,
      refundedAmount: 0,
      refunds: [],
      disputes: [],
      reason: null,
      redirectUrl: null,
      createdAt: EXAMPLE.occurredAt,
    },
  },
});

/** What became of a webhook. */
export const webhookAnswerSchema = withExamples(
  z.object({ outcome: z.enum(['applied', 'nothing-new', 'seen-before', 'of-no-concern']) }),
  { applied: { outcome: 'applied' }, 'sent-again': { outcome: 'seen-before' } },
);
