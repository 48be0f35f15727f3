import { z } from 'zod';

/** What orders of this shop may say beside what every order says; other entries are refused. */
export const orderFields = z.strictObject({
  /** the day on which it is to arrive */
  'delivery-day': z.iso.date().optional(),
  /** whether it is a present */
  gift: z.stringbool({ truthy: ['yes'], falsy: ['no'] }).optional(),
});
