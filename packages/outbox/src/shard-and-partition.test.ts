import { expect, test } from '@jest/globals';
import { KEY_VECTORS } from '@outrider/contracts';
import { partitionOf } from './partition-of.js';
import { shardOf } from './shard-of.js';

test('keys map to the shards and partitions of every other implementation', () => {
  expect(KEY_VECTORS.length).toBeGreaterThanOrEqual(20);
  expect(KEY_VECTORS.map(({ key }) => ({ key, shard: shardOf(key), partitionOf12: partitionOf(key, 12) }))).toEqual(
    KEY_VECTORS,
  );
});
