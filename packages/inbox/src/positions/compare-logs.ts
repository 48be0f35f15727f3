import type { EventConsumer, LogRange, TopicPartition } from '../event-consumer.js';
import type { StoredPosition } from '../statements/read-positions.js';
import { markOf, type Mark } from './mark.js';

/** A stored position that lies inside what the log holds of its partition. */
export interface PositionInLog {
  readonly position: StoredPosition;
  readonly range: LogRange;
}

/**
 * The result of a comparison. `other`: positions whose marks the log does not hold, so it is not the log that they were
 * counted in, although they lie in it: the topic was deleted and created again, Kafka was set up again, or it lost the
 * log's end. `same`: the others, each with a message that the log is known to hold, where there is one.
 */
export interface Compared {
  readonly other: ReadonlySet<StoredPosition>;
  readonly same: readonly { readonly position: StoredPosition; readonly mark: Mark | undefined }[];
}

/**
 * Compares the messages that positions were stored behind with what the log holds, one small fetch each. A message that
 * retention has deleted proves nothing and is no reason to read anything again: after it nothing can be skipped.
 */
export async function compareLogs(
  source: Pick<EventConsumer, 'messagesAt'>,
  positions: readonly PositionInLog[],
): Promise<Compared> {
  const wanted = positions.flatMap(({ position, range }) =>
    offsetsToCompare(position)
      .filter((offset) => offset >= range.low)
      .map((offset) => ({ topic: position.topic, partition: position.partition, offset })),
  );
  const found = new Map<string, Mark | null>();
  for (const [index, message] of (await source.messagesAt(wanted)).entries()) {
    const at = wanted[index];
    if (at !== undefined) found.set(nameOf(at, at.offset), message === null ? null : markOf(message));
  }
  const other = new Set<StoredPosition>();
  const same: { position: StoredPosition; mark: Mark | undefined }[] = [];
  for (const { position } of positions) {
    const inLog = (offset: bigint): Mark | null | undefined => found.get(nameOf(position, offset));
    const differs = (mark: Mark | undefined): boolean => {
      const current = mark === undefined ? undefined : inLog(mark.offset);
      return current !== undefined && current?.fingerprint !== mark?.fingerprint;
    };
    if (differs(position.last) || differs(position.verified)) other.add(position);
    else same.push({ position, mark: position.last ?? inLog(position.offset - 1n) ?? undefined });
  }
  return { other, same };
}

/** A position without marks is compared by the message before it, so that it gets one. */
function offsetsToCompare({ offset, last, verified }: StoredPosition): bigint[] {
  const marked = [last, verified].flatMap((mark) => (mark === undefined ? [] : [mark.offset]));
  return marked.length === 0 ? [offset - 1n] : [...new Set(marked)];
}

function nameOf({ topic, partition }: TopicPartition, offset: bigint): string {
  return `${topic} ${partition} ${offset}`;
}
