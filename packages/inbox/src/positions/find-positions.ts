import type { InboxContext } from '../processing/context.js';
import type { EventConsumer, LogRange, Position, TopicPartition } from '../event-consumer.js';
import type { LogBreak } from '../observer.js';
import { compareLogs, type Placed } from './compare-logs.js';
import { beginPosition } from '../statements/begin-position.js';
import { readStandings, type Standing } from '../statements/read-positions.js';
import { resetPosition } from '../statements/reset-position.js';
import { storeKnown } from '../statements/store-verified-marks.js';

/**
 * Where to read on from: the stored position; the log's beginning where there is none yet, where the log does not reach
 * (back) to it, or where it was counted in another log. The last two are reported to the observer.
 */
export async function findPositions<Tx>(
  context: InboxContext<Tx>,
  source: Pick<EventConsumer, 'logRanges' | 'messagesAt'>,
  partitions: readonly TopicPartition[],
): Promise<Position[]> {
  if (partitions.length === 0) return [];
  // The stored ones first: the log only grows, so a position that another process stores meanwhile cannot look as
  // if it were behind the log's end.
  const stored = new Map<string, Standing>();
  for (const standing of await readStandings(context.pool, context.consumer, partitions)) {
    stored.set(nameOf(standing), standing);
  }
  const ranges = new Map<string, LogRange>();
  for (const range of await source.logRanges([...new Set(partitions.map(({ topic }) => topic))])) {
    ranges.set(nameOf(range), range);
  }
  const found: Position[] = [];
  const placed: Placed[] = [];
  const broken: (Placed & { readonly kind: LogBreak })[] = [];
  for (const at of partitions) {
    const range = ranges.get(nameOf(at));
    const standing = stored.get(nameOf(at));
    if (range === undefined) {
      // a partition that the metadata do not show yet: without a position it is asked for again at its first batch
      if (standing !== undefined) found.push(standing);
    } else if (standing === undefined) {
      const offset = await beginPosition(context.pool, context.consumer, { ...at, offset: range.low });
      found.push({ topic: at.topic, partition: at.partition, offset });
    } else if (standing.offset < range.low) {
      broken.push({ standing, range, kind: 'gap' });
    } else if (standing.offset > range.high) {
      broken.push({ standing, range, kind: 'other-log' });
    } else {
      placed.push({ standing, range });
    }
  }
  const { other, same } = await compareLogs(source, placed);
  for (const { standing, range } of placed) {
    if (other.has(standing)) broken.push({ standing, range, kind: 'other-log' });
  }
  await storeKnown(
    context.pool,
    context.consumer,
    same.flatMap(({ standing, mark }) => (mark === undefined || isKnown(standing, mark) ? [] : [{ standing, mark }])),
  );
  found.push(...same.map(({ standing }) => standing));
  for (const { standing, range, kind } of broken) found.push(await beginAgain(context, standing, range, kind));
  return found.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

const BREAKS: Readonly<Record<LogBreak, string>> = {
  gap: 'the log begins behind the stored position: messages were deleted unread; reading goes on at its beginning',
  'other-log': 'the stored position was counted in another log; this one is read from its beginning',
};

async function beginAgain<Tx>(
  { consumer, pool, log, observer }: InboxContext<Tx>,
  standing: Standing,
  range: LogRange,
  kind: LogBreak,
): Promise<Position> {
  const { topic, partition, offset, last } = standing;
  if (await resetPosition(pool, consumer, standing, range.low)) {
    log.error(
      {
        topic,
        partition,
        kind,
        stored: String(offset),
        stoodOn: last === undefined ? null : `${last.offset} ${last.name}`,
        low: String(range.low),
        high: String(range.high),
      },
      BREAKS[kind],
    );
    observer.logBroke?.({ topic, partition }, kind, offset, range);
  }
  return { topic, partition, offset: range.low };
}

function isKnown({ known }: Standing, mark: { readonly offset: bigint; readonly name: string }): boolean {
  return known?.offset === mark.offset && known.name === mark.name;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
