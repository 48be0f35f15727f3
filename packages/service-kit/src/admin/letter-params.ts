import { text } from '@outrider/contracts';
import { z } from 'zod';

// PostgreSQL holds no NUL; a key may hold anything else. Half a character cannot come through a path.
// oxlint-disable-next-line no-control-regex
const WITHOUT_NUL = /^[^\u0000]*$/u;
const key = z
  .string()
  .regex(WITHOUT_NUL, 'is not text that can be stored')
  .refine((value) => value.isWellFormed(), 'is not text that can be stored');
const topic = text(1, 249);

/** A key of the outbox. */
export const outboxKeyParams = z.object({ key });

/** A key of a topic that is read here. */
export const inboxKeyParams = z.object({ topic, key });

/** One message, by its place in a topic. */
export const inboxMessageParams = z.object({
  topic,
  partition: z
    .string()
    .regex(/^[0-9]{1,9}$/u, 'must be a whole number')
    .transform(Number),
  offset: z
    .string()
    .regex(/^-?([0-9]{1,18}|[1-8][0-9]{18})$/u, 'must be a whole number')
    .transform(BigInt),
});
