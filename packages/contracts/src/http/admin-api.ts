import { z } from 'zod';
import { timestampSchema } from '../ids.js';
import { pageLimit, pageOf } from './page.js';
import { label } from './text.js';

/** What every dead letter has, and every key or message that is tried again. */
const deadLetterFields = {
  /** its path below /dead-letters; the cursor of the next page */
  id: z.string(),
  /** PARKED waits for an operator; RETRYING is tried again by itself */
  status: z.enum(['PARKED', 'RETRYING']),
  /** events that wait; above what is counted, one more than that */
  events: z.int(),
  attempts: z.int(),
  nextAttemptAt: timestampSchema.nullable(),
  reason: z.string(),
};

/** A key whose events could not be sent, or a key or a message without one that could not be handled. */
export const deadLetterSchema = z.discriminatedUnion('source', [
  z.object({ source: z.literal('outbox'), ...deadLetterFields, key: z.string(), shard: z.int() }),
  z.object({
    source: z.literal('inbox'),
    ...deadLetterFields,
    topic: z.string(),
    /** null: a message without a key, by itself at `partition` and `offset` */
    key: z.string().nullable(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    parkedAt: timestampSchema.nullable(),
  }),
]);
export type DeadLetter = z.infer<typeof deadLetterSchema>;
export const deadLetterPageSchema = pageOf(deadLetterSchema);

export const listDeadLettersQuerySchema = z.strictObject({
  source: z.enum(['outbox', 'inbox']).optional(),
  limit: pageLimit(200, 50),
  starting_after: z.string().min(1).max(4_000).optional(),
});

/** An event that could not be sent, or that waits behind one. */
export const deadLetterEventSchema = z.object({
  /** the cursor of the next page */
  id: z.string(),
  eventId: z.string(),
  topic: z.string().nullable(),
  eventType: z.string().nullable(),
  payload: z.string().nullable(),
  headers: z.string().nullable(),
  createdAt: timestampSchema.nullable(),
});
export const outboxKeySchema = z.object({
  deadLetter: deadLetterSchema,
  ...pageOf(deadLetterEventSchema).shape,
});

/** Bytes as they are, and as text where they are UTF-8. */
export const bytesSchema = z.object({ base64: z.string(), text: z.string().nullable() });

/** A message that could not be read or handled, or that waits behind one. */
export const deadLetterMessageSchema = z.object({
  /** the cursor of the next page: partition/offset */
  id: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  key: z.string().nullable(),
  eventId: z.string().nullable(),
  reason: z.string(),
  attempts: z.int(),
  parkedAt: timestampSchema,
  rawKey: bytesSchema.nullable(),
  /** only its beginning where `size` says that there is more */
  rawValue: bytesSchema.nullable(),
  /** bytes of the whole value */
  size: z.int().nullable(),
  headers: z.array(z.object({ name: z.string(), value: bytesSchema })),
});
export type DeadLetterMessage = z.infer<typeof deadLetterMessageSchema>;
export const inboxKeySchema = z.object({
  deadLetter: deadLetterSchema,
  ...pageOf(deadLetterMessageSchema).shape,
});

export const outboxKeyQuerySchema = z.strictObject({
  limit: pageLimit(100, 20),
  starting_after: z
    .string()
    .regex(/^[0-9]{1,18}$/u, 'is no event of a key')
    .optional(),
});
export const inboxKeyQuerySchema = z.strictObject({
  limit: pageLimit(100, 20),
  starting_after: z
    .string()
    .regex(/^[0-9]{1,9}\/-?([0-9]{1,18}|[1-8][0-9]{18})$/u, 'is no message of a key')
    .optional(),
});

/** Why it is given up; kept with it. */
export const discardSchema = z.strictObject({ reason: label(1, 500) });
export const outboxDiscardSchema = discardSchema.extend({
  /** only these of the key; by default all */
  eventIds: z.array(z.uuid()).min(1).max(1_000).optional(),
});
/** how many events were retried, handled or discarded */
export const eventCountSchema = z.object({ events: z.int() });
/** `leftOut`: events that were sent before and are too old to be sent a second time */
export const retriedSchema = eventCountSchema.extend({ leftOut: z.int() });

export const outboxStatusSchema = z.object({
  /** whose outbox it is */
  database: z.string(),
  unpublished: z.int(),
  oldestUnpublishedAt: timestampSchema.nullable(),
  deadEvents: z.int(),
  deadKeys: z.int(),
  retryingKeys: z.int(),
  relays: z.array(z.object({ owner: z.string(), aliveUntil: timestampSchema, shards: z.int() })),
});

export const outboxShardsSchema = z.object({
  data: z.array(
    z.object({
      shard: z.int(),
      owner: z.string().nullable(),
      epoch: z.string(),
      leaseUntil: timestampSchema.nullable(),
      held: z.boolean(),
      pending: z.int(),
      oldestPending: timestampSchema.nullable(),
    }),
  ),
});

/** One event of the outbox: its row, its state and where it is sent. */
export const eventTraceSchema = z.object({
  eventId: z.string(),
  id: z.string(),
  key: z.string(),
  topic: z.string(),
  eventType: z.string(),
  payload: z.string(),
  headers: z.string(),
  createdAt: timestampSchema,
  shard: z.int(),
  partition: z.int().nullable(),
  status: z.enum(['PENDING', 'PROCESSING', 'RETRYING', 'PARKED', 'DISCARDED', 'PUBLISHED']),
  lockedBy: z.string().nullable(),
  lockedUntil: timestampSchema.nullable(),
  attempts: z.int().nullable(),
  nextAttemptAt: timestampSchema.nullable(),
  reason: z.string().nullable(),
  discarded: z.object({ reason: z.string(), by: z.string(), at: timestampSchema }).nullable(),
});
export type EventTrace = z.infer<typeof eventTraceSchema>;

/** A key, a time range (`to` exclusive), or a key within one. A dry run stops when the events are counted. */
export const startReplaySchema = z
  .strictObject({
    key: z.string().min(1).max(2_000).optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
    dryRun: z.boolean().default(false),
  })
  .refine(
    ({ key, from, to }) => key !== undefined || (from !== undefined && to !== undefined),
    'a key must be given, or from and to',
  );

export const replaySchema = z.object({
  job: z.string(),
  state: z.enum(['STAGING', 'HELD', 'RELEASING', 'DONE', 'ABANDONING', 'ABANDONED']),
  over: z.boolean(),
  dryRun: z.boolean(),
  key: z.string().nullable(),
  from: timestampSchema,
  to: timestampSchema,
  lookedAt: z.int(),
  staged: z.int(),
  taken: z.int(),
  released: z.int(),
  /** events that match, and are not sent again because they were written before `horizon` */
  leftOut: z.int(),
  /** now; it moves by a day each day */
  horizon: timestampSchema,
  by: z.string(),
  askedAt: timestampSchema,
  movedAt: timestampSchema,
});
export type Replay = z.infer<typeof replaySchema>;
export const replaysSchema = z.object({ data: z.array(replaySchema) });
