import { beforeEach, describe, expect, test } from '@jest/globals';
import type { StockLevel } from '../domain/stock.js';
import { CacheGeneration } from './cache-generation.js';
import { StockLevels } from './stock-levels.js';

/** A database and a Redis that several processes share; each process reaches Redis, or does not. */
class World {
  generation = 1;
  readonly rows = new Map<string, StockLevel>();
  readonly keys = new Map<string, StockLevel | null>();
  reads: string[][] = [];
  /** how long what was written to Redis may be read there, in the order of the writes */
  readonly lives: number[] = [];
  /** a Redis that answers nothing */
  hung = false;
  /** called between the database's reading and its answer */
  beforeAnswer: () => Promise<void> = async () => {};

  set(id: string, version: number): void {
    this.rows.set(id, { available: version * 10, version, asOf: 0 });
  }

  process(): Process {
    const link = { ready: true };
    const generation = new CacheGeneration({
      read: async () => this.generation,
      raise: async () => (this.generation += 1),
    });
    const counts = { hits: 0, misses: 0, rebuilds: 0 };
    const levels = new StockLevels({
      generation,
      timeMs: 60_000,
      log: { warn: () => {} },
      meter: {
        hits: (n) => void (counts.hits += n),
        misses: (n) => void (counts.misses += n),
        rebuilds: (n) => void (counts.rebuilds += n),
      },
      readDatabase: async (ids) => {
        this.reads.push([...ids]);
        const reading = {
          generation: this.generation,
          levels: new Map(ids.map((id) => [id, this.rows.get(id) ?? null])),
        };
        await this.beforeAnswer();
        return reading;
      },
      redis: {
        get ready() {
          return link.ready;
        },
        read: async (generation, ids) => {
          await new Promise(setImmediate);
          if (!link.ready) throw new Error('away');
          const found = ids.map((id) => [id, this.keys.get(`${generation}:${id}`)] as const);
          return new Map(found.filter((entry): entry is [string, StockLevel | null] => entry[1] !== undefined));
        },
        write: async (generation, entries, lifeMs) => {
          if (this.hung) await new Promise(() => {});
          this.lives.push(lifeMs);
          await new Promise(setImmediate);
          if (!link.ready) throw new Error('away');
          for (const [id, level] of entries) {
            const held = this.keys.get(`${generation}:${id}`);
            if ((held?.version ?? 0) <= (level?.version ?? 0)) this.keys.set(`${generation}:${id}`, level);
          }
        },
      },
    });
    return { levels, generation, link, counts };
  }
}

interface Process {
  readonly levels: StockLevels;
  readonly generation: CacheGeneration;
  readonly link: { ready: boolean };
  readonly counts: { hits: number; misses: number; rebuilds: number };
}

const versionOf = async ({ levels }: Process, id: string): Promise<number | undefined> =>
  (await levels.of([id])).get(id)?.version;

describe('stock levels', () => {
  let world: World;
  let process: Process;

  beforeEach(async () => {
    world = new World();
    process = world.process();
    await process.generation.renew();
  });

  test('F32 a hundred readers of a key that is not in Redis are one read of the database', async () => {
    world.set('a', 1);
    const answers = await Promise.all(Array.from({ length: 100 }, () => versionOf(process, 'a')));
    expect(new Set(answers)).toEqual(new Set([1]));
    expect(world.reads).toEqual([['a']]);
    expect(process.counts).toEqual({ hits: 0, misses: 100, rebuilds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await versionOf(process, 'a')).toBe(1);
    expect(world.reads).toHaveLength(1);
    expect(process.counts.hits).toBe(1);
  });

  test('a list is one read of Redis and one of the database for what is missing', async () => {
    for (const id of ['a', 'b', 'c']) world.set(id, 1);
    await process.levels.publish(['a']);
    world.reads = [];
    const levels = await process.levels.of(['a', 'b', 'c', 'd', 'b']);
    expect([...levels.keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(levels.get('d')).toBeNull();
    expect(world.reads).toEqual([['b', 'c', 'd']]);
  });

  test('F32 with Redis away reads go on from the database, one at a time per key', async () => {
    world.set('a', 1);
    process.link.ready = false;
    expect(await Promise.all([versionOf(process, 'a'), versionOf(process, 'a')])).toEqual([1, 1]);
    expect(world.reads).toHaveLength(1);
    world.set('a', 2);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await versionOf(process, 'a')).toBe(2);
  });

  test('a database that does not answer is the readers’ trouble, this once', async () => {
    world.set('a', 1);
    world.beforeAnswer = () => Promise.reject(new Error('the database is away'));
    await expect(versionOf(process, 'a')).rejects.toThrow('the database is away');
    world.beforeAnswer = async () => {};
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await versionOf(process, 'a')).toBe(1);
  });

  test('F47 what could not be written is not read: the generation is raised first', async () => {
    world.set('a', 1);
    await process.levels.publish(['a']);
    world.set('a', 2);
    process.link.ready = false;
    await process.levels.publish(['a']);
    process.link.ready = true;
    expect(await versionOf(process, 'a')).toBe(2);
  });

  test('F47 nor by another process that reached Redis all along, as soon as it has looked', async () => {
    const other = world.process();
    world.set('a', 1);
    await process.levels.publish(['a']);
    await other.generation.refresh();
    expect(await versionOf(other, 'a')).toBe(1);
    world.set('a', 2);
    process.link.ready = false;
    await process.levels.publish(['a']);
    await other.generation.refresh();
    expect(await versionOf(other, 'a')).toBe(2);
  });

  test('F47 a reader that was slow does not put an old level over a newer one', async () => {
    world.set('a', 1);
    let published: Promise<void> | undefined;
    world.beforeAnswer = async () => {
      world.beforeAnswer = async () => {};
      world.set('a', 2);
      published = process.levels.publish(['a']);
      await published;
    };
    await versionOf(process, 'a');
    await published;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await versionOf(process, 'a')).toBe(2);
    expect(process.counts.hits).toBe(1);
  });

  test('F47 the time of a level runs from its reading in the database, however slow that answers', async () => {
    world.set('a', 1);
    world.beforeAnswer = () => new Promise((resolve) => setTimeout(resolve, 30));
    await versionOf(process, 'a');
    await process.levels.publish(['a']);
    expect(world.lives).toHaveLength(2);
    for (const life of world.lives) expect(life).toBeLessThan(60_000 - 20);
  });

  test('F47 a level that was read and could not be written may still come there: the keys are not trusted any more', async () => {
    world.set('a', 1);
    expect(await versionOf(process, 'a')).toBe(1);
    // it is on its way to Redis
    process.link.ready = false;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(process.generation.trusted).toBeUndefined();
  });

  test('F47 who comes after a commit is not handed what another had read before it', async () => {
    world.set('a', 1);
    world.hung = true;
    // it waits for Redis, and until then every read gets what it has read
    expect(await versionOf(process, 'a')).toBe(1);
    world.set('a', 2);
    void process.levels.publish(['a']);
    expect(await versionOf(process, 'a')).toBe(2);
  });

  test('F47 nor when the generation was raised between its reading and its writing', async () => {
    world.set('a', 1);
    world.beforeAnswer = async () => {
      world.beforeAnswer = async () => {};
      world.set('a', 2);
      process.link.ready = false;
      await process.levels.publish(['a']);
      process.link.ready = true;
    };
    await versionOf(process, 'a');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await versionOf(process, 'a')).toBe(2);
  });
});
