import { z } from 'zod';

/** What orders of this shop may say beside what every order says; other entries are refused. */
export const orderFields = z.strictObject({
  /** the day on which it is to arrive */
  'delivery-day': z.iso.date().optional(),
  /** how many cards to put in, with the text below */
  'gift-cards': z.stringbool({ truthy: ['1'], falsy: ['0'] }).optional(),
  'gift-text': z.string().max(300).optional(),
});
