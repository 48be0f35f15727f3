import { Controller, Inject } from '@nestjs/common';
import { currencySchema } from '@outrider/contracts';
import { defineEndpoint, Endpoint, type Answer } from '@outrider/service-kit/http';
import { z } from 'zod';
import type { ShippingTerms } from './flat-shipping.js';

export const SHIPPING_TERMS = Symbol('shipping terms');

const amount = z.int().min(0);
const readShippingTerms = defineEndpoint({
  operationId: 'readShippingTerms',
  method: 'GET',
  path: '/shipping-terms',
  summary: 'Read what shipping costs',
  description: 'By currency.',
  access: 'anyone',
  responses: {
    200: {
      description: 'the terms; shipping is free in a currency that is not in them',
      body: z.record(currencySchema, z.object({ fee: amount, freeFrom: amount })),
    },
  },
  problems: [],
});

/** What shipping costs, for the shop's own pages. */
@Controller()
export class ShippingTermsController {
  constructor(@Inject(SHIPPING_TERMS) private readonly terms: Readonly<Record<string, ShippingTerms>>) {}

  @Endpoint(readShippingTerms)
  async read(): Promise<Answer> {
    return { status: 200, body: { ...this.terms } };
  }
}
