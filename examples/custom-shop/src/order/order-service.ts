import { orderServiceWith } from '@outrider/order';
import { extendService } from '@outrider/service-kit/runtime';
import { CancelWithin } from './cancel-within.js';
import { CreditCheck } from './credit-check.js';
import { FlatShipping } from './flat-shipping.js';
import { orderFields } from './order-fields.js';
import { Returns } from './returns.js';
import { SHIPPING_TERMS, ShippingTermsController } from './shipping-terms.controller.js';

const shipping = { EUR: { fee: 490, freeFrom: 5_000 } };

const core = orderServiceWith({
  pricing: new FlatShipping(shipping),
  cancel: new CancelWithin(60),
  check: new CreditCheck(),
  refund: new Returns({ days: 30, shipping: { EUR: 390 } }),
  fields: orderFields,
});

/** The order service as this shop runs it: all of the core, its own terms, and an endpoint that shows them. */
export const shopOrderService = extendService(core, {
  controllers: [ShippingTermsController],
  providers: () => [{ provide: SHIPPING_TERMS, useValue: shipping }],
});
