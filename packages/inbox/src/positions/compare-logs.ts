import type { EventConsumer, LogRange, TopicPartition } from '../event-consumer.js';
import { markOf, type Mark } from './mark.js';
import type { Standing } from '../statements/read-positions.js';

/** A position and what the log holds of its partition; the position lies in it. */
export interface Placed {
  readonly standing: Standing;
  readonly range: LogRange;
}

/**
 * What comparing positions with the log came to. `other`: it does not hold the messages that they stand on, so it is not
 * the log that they were counted in, although they lie in it: the topic was deleted and created again, Kafka was set up
 * again, or lost its end. `same`: the others, each with a message that is known to be there now, where there is one.
 */
export interface Compared {
  readonly other: ReadonlySet<Standing>;
  readonly same: readonly { readonly standing: Standing; readonly mark: Mark | undefined }[];
}

/**
 * Looks at the messages that positions stand on, one small fetch each. A message that retention has deleted says
 * nothing and is no reason to read anything again: from there on nothing is left to be skipped.
 */
export async function compareLogs(
  source: Pick<EventConsumer, 'messagesAt'>,
  placed: readonly Placed[],
): Promise<Compared> {
  const wanted = placed.flatMap(({ standing, range }) =>
    offsetsOf(standing)
      .filter((offset) => offset >= range.low)
      .map((offset) => ({ topic: standing.topic, partition: standing.partition, offset })),
  );
  const found = new Map<string, Mark | null>();
  for (const [index, message] of (await source.messagesAt(wanted)).entries()) {
    const place = wanted[index];
    if (place !== undefined) found.set(nameOf(place, place.offset), message === null ? null : markOf(message));
  }
  const other = new Set<Standing>();
  const same: { standing: Standing; mark: Mark | undefined }[] = [];
  for (const { standing } of placed) {
    const there = (offset: bigint): Mark | null | undefined => found.get(nameOf(standing, offset));
    const differs = (mark: Mark | undefined): boolean => {
      const now = mark === undefined ? undefined : there(mark.offset);
      return now !== undefined && now?.name !== mark?.name;
    };
    if (differs(standing.last) || differs(standing.known)) other.add(standing);
    else same.push({ standing, mark: standing.last ?? there(standing.offset - 1n) ?? undefined });
  }
  return { other, same };
}

/** Of a position that has no name for what it stands on, the message before it is taken for that. */
function offsetsOf({ offset, last, known }: Standing): bigint[] {
  const marked = [last, known].flatMap((mark) => (mark === undefined ? [] : [mark.offset]));
  return last === undefined && known === undefined ? [offset - 1n] : [...new Set(marked)];
}

function nameOf({ topic, partition }: TopicPartition, offset: bigint): string {
  return `${topic} ${partition} ${offset}`;
}
