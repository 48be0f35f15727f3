import { describe, expect, test } from '@jest/globals';
import { CacheGeneration, type GenerationStore } from './cache-generation.js';

/** A database that answers when the test lets it. */
function slowStore(): GenerationStore & { generation: number; answer(): Promise<void>; raising(): number } {
  const waiting: (() => void)[] = [];
  const store = {
    generation: 1,
    read: async () => store.generation,
    raise: () =>
      new Promise<number>((resolve) => {
        waiting.push(() => resolve((store.generation += 1)));
      }),
    raising: () => waiting.length,
    async answer() {
      waiting.shift()?.();
      await new Promise(setImmediate);
    },
  };
  return store;
}

describe('F47 which keys in Redis may be trusted', () => {
  test('none at the start, before a generation of our own was made', async () => {
    const store = slowStore();
    const generation = new CacheGeneration(store);
    expect(generation.trusted).toBeUndefined();
    generation.adopt(1);
    expect(generation.trusted).toBeUndefined();
    const renewed = generation.renew();
    await store.answer();
    await renewed;
    expect(generation.trusted).toBe(2);
  });

  test('a mark that comes while the generation is raised needs a raise of its own', async () => {
    const store = slowStore();
    const generation = new CacheGeneration(store);
    const renewed = generation.renew();
    generation.markStale();
    void generation.renew();
    expect(store.raising()).toBe(1);
    await store.answer();
    expect(generation.trusted).toBeUndefined();
    await store.answer();
    await renewed;
    expect(generation.trusted).toBe(3);
    expect(store.raising()).toBe(0);
  });

  test('a raise that fails leaves the mark', async () => {
    let away = true;
    const generation = new CacheGeneration({
      read: async () => 7,
      raise: async () => {
        if (away) throw new Error('away');
        return 8;
      },
    });
    await expect(generation.renew()).rejects.toThrow('away');
    expect(generation.trusted).toBeUndefined();
    away = false;
    await generation.refresh();
    expect(generation.trusted).toBe(8);
  });

  test('what another process raised is followed; a database that went back in time is not trusted', async () => {
    const store = { generation: 1, read: async () => store.generation, raise: async () => (store.generation += 100) };
    const generation = new CacheGeneration(store);
    await generation.renew();
    store.generation = 150;
    await generation.refresh();
    expect(generation.trusted).toBe(150);
    store.generation = 120;
    await generation.refresh();
    expect(generation.trusted).toBe(220);
  });
});
