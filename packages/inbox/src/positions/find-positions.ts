import type { EventConsumer, LogRange, Position, TopicPartition } from '../event-consumer.js';
import type { LogBreak } from '../observer.js';
import type { InboxContext } from '../processing/context.js';
import { beginPosition } from '../statements/begin-position.js';
import { readPositions, type StoredPosition } from '../statements/read-positions.js';
import { resetPosition } from '../statements/reset-position.js';
import { storeVerifiedMarks } from '../statements/store-verified-marks.js';
import { compareLogs, type PositionInLog } from './compare-logs.js';
import type { Mark } from './mark.js';

/**
 * Where to read on from: the stored position; the log's beginning where none is stored yet, where the log begins behind
 * it, or where it was counted in another log. The last two are log breaks and are reported to the observer.
 */
export async function findPositions<Tx>(
  context: InboxContext<Tx>,
  source: Pick<EventConsumer, 'logRanges' | 'messagesAt'>,
  partitions: readonly TopicPartition[],
): Promise<Position[]> {
  if (partitions.length === 0) return [];
  // The stored ones first: the log only grows, so a position that another process stores meanwhile cannot look as
  // if it were behind the log's end.
  const stored = new Map<string, StoredPosition>();
  for (const position of await readPositions(context.pool, context.consumer, partitions)) {
    stored.set(nameOf(position), position);
  }
  const ranges = new Map<string, LogRange>();
  for (const range of await source.logRanges([...new Set(partitions.map(({ topic }) => topic))])) {
    ranges.set(nameOf(range), range);
  }
  const found: Position[] = [];
  const inLog: PositionInLog[] = [];
  const broken: (PositionInLog & { readonly kind: LogBreak })[] = [];
  for (const { topic, partition } of partitions) {
    const range = ranges.get(nameOf({ topic, partition }));
    const position = stored.get(nameOf({ topic, partition }));
    if (range === undefined) {
      // a partition that the metadata do not show yet: without a position it is asked for again at its first batch
      if (position !== undefined) found.push(position);
    } else if (position === undefined) {
      const offset = await beginPosition(context.pool, context.consumer, { topic, partition, offset: range.low });
      found.push({ topic, partition, offset });
    } else if (position.offset < range.low) {
      broken.push({ position, range, kind: 'gap' });
    } else if (position.offset > range.high) {
      broken.push({ position, range, kind: 'other-log' });
    } else {
      inLog.push({ position, range });
    }
  }
  const { other, same } = await compareLogs(source, inLog);
  for (const { position, range } of inLog) {
    if (other.has(position)) broken.push({ position, range, kind: 'other-log' });
  }
  await storeVerifiedMarks(
    context.pool,
    context.consumer,
    same.flatMap(({ position, mark }) =>
      mark === undefined || isVerified(position, mark) ? [] : [{ position, mark }],
    ),
  );
  found.push(...same.map(({ position }) => position));
  for (const { position, range, kind } of broken) found.push(await startAgain(context, position, range, kind));
  return found.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

const BREAKS: Readonly<Record<LogBreak, string>> = {
  gap: 'the log begins behind the stored position: messages were deleted unread; reading goes on at its beginning',
  'other-log': 'the stored position was counted in another log; this one is read from its beginning',
};

async function startAgain<Tx>(
  { consumer, pool, log, observer }: InboxContext<Tx>,
  position: StoredPosition,
  range: LogRange,
  kind: LogBreak,
): Promise<Position> {
  const { topic, partition, offset, last } = position;
  if (await resetPosition(pool, consumer, position, range.low)) {
    log.error(
      {
        topic,
        partition,
        kind,
        stored: String(offset),
        lastMessage: last === undefined ? null : `${last.offset} ${last.fingerprint}`,
        low: String(range.low),
        high: String(range.high),
      },
      BREAKS[kind],
    );
    observer.logBroke?.({ topic, partition }, kind, offset, range);
  }
  return { topic, partition, offset: range.low };
}

function isVerified({ verified }: StoredPosition, mark: Mark): boolean {
  return verified?.offset === mark.offset && verified.fingerprint === mark.fingerprint;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
