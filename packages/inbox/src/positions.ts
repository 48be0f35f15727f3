import type { InboxContext } from './context.js';
import type { EventConsumer, LogRange, Position, TopicPartition } from './event-consumer.js';
import { beginPosition } from './statements/begin-position.js';
import { readPositions } from './statements/read-positions.js';
import { resetPosition } from './statements/reset-position.js';

/**
 * Where to read on from: the stored position; the log's beginning where there is none yet, or where the log does not
 * reach (back) to it, which is told to the observer.
 */
export async function findPositions<Tx>(
  context: InboxContext<Tx>,
  source: Pick<EventConsumer, 'logRanges'>,
  partitions: readonly TopicPartition[],
): Promise<Position[]> {
  if (partitions.length === 0) return [];
  // The stored ones first: the log only grows, so a position that another process stores meanwhile cannot look as
  // if it were behind the log's end.
  const stored = new Map<string, Position>();
  for (const position of await readPositions(context.pool, context.consumer, partitions)) {
    stored.set(nameOf(position), position);
  }
  const ranges = new Map<string, LogRange>();
  for (const range of await source.logRanges([...new Set(partitions.map(({ topic }) => topic))])) {
    ranges.set(nameOf(range), range);
  }
  const found: Position[] = [];
  for (const at of partitions) {
    const range = ranges.get(nameOf(at));
    const position = stored.get(nameOf(at));
    if (range === undefined) {
      // a partition that the metadata do not show yet: without a position it is asked for again at its first batch
      if (position !== undefined) found.push(position);
    } else if (position === undefined) {
      const offset = await beginPosition(context.pool, context.consumer, { ...at, offset: range.low });
      found.push({ topic: at.topic, partition: at.partition, offset });
    } else if (position.offset >= range.low && position.offset <= range.high) {
      found.push(position);
    } else {
      context.log.error(
        {
          topic: at.topic,
          partition: at.partition,
          stored: String(position.offset),
          low: String(range.low),
          high: String(range.high),
        },
        'the stored position is outside the log; reading goes on at its beginning',
      );
      if (await resetPosition(context.pool, context.consumer, position, range.low)) {
        context.observer.outOfRange?.({ topic: at.topic, partition: at.partition }, position.offset, range);
      }
      found.push({ topic: at.topic, partition: at.partition, offset: range.low });
    }
  }
  return found;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
