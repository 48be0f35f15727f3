import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema } from '../money.js';
import { command, orderKeyed, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

/** The payment provider's token for the payment method; never a card number. */
export const paymentMethodSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/u, 'must be 1 to 200 printable characters');

const { commandId, refundId } = SAMPLE;

/** order → payment. Amounts in the currency's minor unit. */
export const paymentEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed(
    'PAYMENT_CREATE_REQUEST',
    command({ amount: amountSchema, currency: currencySchema, paymentMethod: paymentMethodSchema }),
    {
      from: 'order',
      description: 'Authorise the order’s total.',
      example: { commandId, amount: 2080, currency: 'EUR', paymentMethod: 'pm_card' },
    },
  ),
  orderKeyed('PAYMENT_CONFIRM_REQUEST', command({ amount: amountSchema }), {
    from: 'order',
    description: 'Capture what was authorised.',
    example: { commandId, amount: 2080 },
  }),
  orderKeyed('PAYMENT_RELEASE_REQUEST', command({ reason: reasonSchema }), {
    from: 'order',
    description: 'Hold none of the order’s money: void it, or refund it in full.',
    example: { commandId, reason: 'the reservation expired' },
  }),
  orderKeyed('PAYMENT_REFUND_REQUEST', command({ refundId: idSchema, amount: amountSchema }), {
    from: 'order',
    description: 'Refund this much of the captured amount.',
    example: { commandId, refundId, amount: 890 },
  }),
]);
