import { text } from '@outrider/contracts';
import type { ParkedCursor } from '@outrider/inbox';
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

/** One message, by its topic-partition and offset. */
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

/** Which dead letter: a list of them has the outbox's by key first, then the inbox's. */
export type DeadLetterAddress =
  | { readonly source: 'outbox'; readonly key: string }
  | { readonly source: 'inbox'; readonly at: ParkedCursor };

/** The path of a dead letter below /dead-letters, which is its id. */
export function deadLetterId(address: DeadLetterAddress): string {
  const parts =
    address.source === 'outbox'
      ? [address.key]
      : 'offset' in address.at
        ? [address.at.topic, String(address.at.partition), String(address.at.offset)]
        : [address.at.topic, address.at.key];
  return [address.source, ...parts.map(encodeURIComponent)].join('/');
}

/** The dead letter of an id that deadLetterId made; undefined for any other text. */
export function parseDeadLetterId(id: string): DeadLetterAddress | undefined {
  const parts = id.split('/').map(decoded);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [source, first, second, third] = parts;
  if (source === 'outbox' && parts.length === 2 && first !== undefined) return { source, key: first };
  if (source !== 'inbox' || first === undefined || second === undefined) return undefined;
  if (parts.length === 3) return { source, at: { topic: first, key: second } };
  const position = third === undefined || parts.length > 4 ? undefined : parsePosition(`${second}/${third}`);
  return position === undefined ? undefined : { source, at: { topic: first, ...position } };
}

/** `3/42`: partition and offset. */
export function parsePosition(text: string): { partition: number; offset: bigint } | undefined {
  const [, partition, offset] = /^(\d{1,9})\/(-?\d{1,18}|-?[1-8]\d{18})$/u.exec(text) ?? [];
  return partition === undefined || offset === undefined
    ? undefined
    : { partition: Number(partition), offset: BigInt(offset) };
}

function decoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.includes('\0') ? undefined : text;
  } catch {
    // encodeURIComponent made no such text
    return undefined;
  }
}
