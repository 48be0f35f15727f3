import { expect, test } from '@jest/globals';
import type { SqlClient } from '@outrider/common';
import { namedShards, notify } from './notify.js';

async function notified(...shards: number[]): Promise<string> {
  const texts: string[] = [];
  const client: SqlClient = {
    query: (text) => {
      texts.push(text);
      return Promise.resolve({ rows: [], rowCount: null });
    },
  };
  await notify(client, new Set(shards));
  return texts.join('\n');
}

test('a few shards are named, and read as they were named', async () => {
  expect(await notified(3, 17)).toBe(`NOTIFY outbox,'3,17'`);
  expect(namedShards('3,17')).toEqual([3, 17]);
  const sixteen = Array.from({ length: 16 }, (_, shard) => shard);
  expect(await notified(...sixteen)).toBe(`NOTIFY outbox,'${sixteen.join(',')}'`);
});

test('many, or none in particular, are not', async () => {
  expect(await notified(...Array.from({ length: 17 }, (_, shard) => shard))).toBe('NOTIFY outbox');
  expect(await notified()).toBe('NOTIFY outbox');
});

test.each(['', undefined, 'x', '1,', '64', '-1', '1.5', '3,x'])('%p means any shard', (payload) => {
  expect(namedShards(payload)).toBe(undefined);
});
