import type { StockLevel } from '../domain/stock.js';
import type { StockReading } from '../persistence/statements/read-stock-levels.js';
import type { CacheGeneration } from './cache-generation.js';
import type { RedisStock } from './redis-stock.js';

export type Levels = ReadonlyMap<string, StockLevel | null>;

/** Counts how reads went, for the metrics. */
export interface StockMeter {
  hits(products: number): void;
  misses(products: number): void;
  rebuilds(products: number): void;
}

export interface StockLevelsOptions {
  readonly redis: Pick<RedisStock, 'ready' | 'read' | 'write'>;
  readonly generation: CacheGeneration;
  /** from the database, levels and generation of one snapshot */
  readonly readDatabase: (productIds: readonly string[]) => Promise<StockReading>;
  /** the longest that a level is served after it was read from the database, in milliseconds */
  readonly timeMs: number;
  readonly meter: StockMeter;
  readonly log: { warn(object: object, message: string): void };
}

/** What is in stock: from Redis while it can be trusted, else from the database. */
export class StockLevels {
  /** Reads of the database that are on their way, by product: readers of the same product wait for them. */
  readonly #rebuilds = new Map<string, Promise<Levels>>();

  constructor(private readonly options: StockLevelsOptions) {}

  /** The levels of products; null for one of which inventory has published nothing yet. Rejects only with the database. */
  async of(productIds: readonly string[]): Promise<Levels> {
    if (productIds.length === 0) return new Map();
    const levels = await this.#fromRedis(productIds);
    const missing = [...new Set(productIds)].filter((id) => !levels.has(id));
    this.options.meter.hits(levels.size);
    if (missing.length === 0) return levels;
    this.options.meter.misses(missing.length);
    for (const [id, level] of await this.#fromDatabase(missing)) levels.set(id, level);
    return levels;
  }

  /**
   * Brings what a committed transaction changed to Redis. To be called after the commit: a reader that fills Redis
   * meanwhile either sees the new level or is overwritten by it. Never rejects: what cannot be written is marked stale.
   */
  async publish(productIds: readonly string[]): Promise<void> {
    const { redis, generation, readDatabase, timeMs, log } = this.options;
    // reads from now on must not get what was read before the commit
    for (const id of productIds) this.#rebuilds.delete(id);
    try {
      const readAt = performance.now();
      const reading = await readDatabase(productIds);
      generation.adopt(reading.generation);
      await redis.write(reading.generation, reading.levels, timeMs - (performance.now() - readAt));
    } catch {
      generation.markStale();
      // at once, because of the other processes: they may reach Redis and still trust what it holds
      await generation.renew().catch((error: unknown) => {
        log.warn({ err: error }, 'stock in Redis may be stale and cannot be invalidated: the database does not answer');
      });
    }
  }

  async #fromRedis(productIds: readonly string[]): Promise<Map<string, StockLevel | null>> {
    const { redis, generation } = this.options;
    if (!redis.ready) return new Map();
    const { trusted } = generation;
    if (trusted === undefined) {
      // this read does not wait for it; when it fails the database is away, and the read will say so
      generation.renew().catch(() => undefined);
      return new Map();
    }
    try {
      return await redis.read(trusted, productIds);
    } catch {
      return new Map();
    }
  }

  async #fromDatabase(productIds: readonly string[]): Promise<Levels> {
    const waits = new Set<Promise<Levels>>();
    const mine: string[] = [];
    for (const id of productIds) {
      const rebuild = this.#rebuilds.get(id);
      if (rebuild === undefined) mine.push(id);
      else waits.add(rebuild);
    }
    if (mine.length > 0) waits.add(this.#rebuild(mine));
    const all = new Map<string, StockLevel | null>();
    for (const levels of await Promise.all(waits)) for (const [id, level] of levels) all.set(id, level);
    return new Map(productIds.map((id) => [id, all.get(id) ?? null]));
  }

  #rebuild(productIds: readonly string[]): Promise<Levels> {
    this.options.meter.rebuilds(productIds.length);
    const readAt = performance.now();
    const reading = this.options.readDatabase(productIds);
    const levels = reading.then((read) => read.levels);
    for (const id of productIds) this.#rebuilds.set(id, levels);
    // readers get their answer as soon as the database gave it; until Redis has it, others find it here
    void this.#fill(reading, readAt).finally(() =>
      // not before reads that asked Redis before it was filled have come back
      setImmediate(() => {
        for (const id of productIds) if (this.#rebuilds.get(id) === levels) this.#rebuilds.delete(id);
      }),
    );
    return levels;
  }

  async #fill(reading: Promise<StockReading>, readAt: number): Promise<void> {
    const { redis, generation, timeMs } = this.options;
    let read: StockReading;
    try {
      read = await reading;
    } catch {
      // the readers got the error
      return;
    }
    generation.adopt(read.generation);
    const lifeMs = timeMs - (performance.now() - readAt);
    if (!redis.ready || lifeMs <= 0) return;
    try {
      await redis.write(read.generation, read.levels, lifeMs);
    } catch {
      // it may still arrive, after a newer level that has expired by then
      generation.markStale();
    }
  }
}
