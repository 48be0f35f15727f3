import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema } from '../money.js';
import { command, orderKeyed, reasonSchema } from './define.js';

/** A provider's token for how the customer pays; never a card number. */
export const paymentMethodSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/u, 'must be 1 to 200 printable characters');

/** order → payment. Amounts in the currency's minor unit. */
export const paymentEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed(
    'PAYMENT_CREATE_REQUEST',
    command({ amount: amountSchema, currency: currencySchema, paymentMethod: paymentMethodSchema }),
  ),
  orderKeyed('PAYMENT_CONFIRM_REQUEST', command({ amount: amountSchema })),
  orderKeyed('PAYMENT_RELEASE_REQUEST', command({ reason: reasonSchema })),
  orderKeyed('PAYMENT_REFUND_REQUEST', command({ refundId: idSchema, amount: amountSchema })),
]);
