import { addReading, NO_INCREASES, type Increases } from '@outrider/judge';
import type { WorkersMeasured } from '../plan/observed.js';
import { allRead, largest, sourceOf, type PodReading } from './pod-reading.js';

/** The metrics that workers are counted by. */
export const WORKER_METRICS: ReadonlySet<string> = new Set([
  'outbox_oldest_unpublished_age_seconds',
  'outbox_unpublished_events',
  'outbox_dead_letters_keys',
  'outbox_published_total',
  'outbox_shards_owned',
]);

/** Into how many shards an outbox is divided (`SHARDS` of packages/outbox). */
export const SHARDS = 64;

/** A database that has more pending events than these counts no further (`MOST_COUNTED` of packages/outbox). */
export const MOST_COUNTED = 100_000;

/** What outbox-workers do, from look to look. What cannot be read whole is not known: it is no reason to scale. */
export class WorkersCount {
  #published: Increases = NO_INCREASES;
  /** what ran at the first look: what it had published before does not count */
  #atFirst: ReadonlySet<string> | undefined;
  /** the newest look that read all */
  #before: { readonly at: number; readonly published: number } | undefined;

  /**
   * @param pods those of the workers
   * @param at ms since 1970
   */
  add(pods: readonly PodReading[], at: number): WorkersMeasured {
    const running = pods.filter((pod) => pod.running);
    this.#atFirst ??= new Set(running.map(sourceOf));
    const read = running.filter(({ series }) => series !== undefined);
    for (const pod of read) {
      const source = sourceOf(pod);
      const series = (pod.series ?? []).filter(({ name }) => name === 'outbox_published_total');
      const reading = { published: sum(series.map(({ value }) => value)) };
      this.#published = addReading(this.#published, source, reading, !this.#atFirst.has(source));
    }
    const published = this.#published.total['published'] ?? 0;
    const before = this.#before;
    const whole = read.length > 0 && allRead(running);
    if (whole) this.#before = { at, published };
    const databases = largest(read, 'outbox_shards_owned', 'database');
    const pending = largest(read, 'outbox_unpublished_events', 'database');
    return {
      at,
      oldestAgeSeconds: ofAll(databases, largest(read, 'outbox_oldest_unpublished_age_seconds', 'database'), Math.max),
      pendingEvents: ofAll(databases, pending, add),
      morePending: [...pending.values()].some((events) => events > MOST_COUNTED),
      parkedKeys: ofAll(databases, largest(read, 'outbox_dead_letters_keys', 'database'), add),
      eventsPerSecond:
        before === undefined || !whole || at <= before.at
          ? undefined
          : (published - before.published) / ((at - before.at) / 1_000),
      workers: read.length,
      databases: databases.size === 0 ? undefined : databases.size,
      shards: SHARDS,
    };
  }
}

/** One number of all databases; undefined where one of them did not say it. */
function ofAll(
  databases: ReadonlyMap<string, number>,
  values: ReadonlyMap<string, number>,
  join: (one: number, other: number) => number,
): number | undefined {
  const found = [...databases.keys()].map((database) => values.get(database));
  const known = found.filter((value) => value !== undefined);
  return known.length === 0 || known.length < found.length ? undefined : known.reduce((one, other) => join(one, other));
}

const add = (one: number, other: number): number => one + other;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
