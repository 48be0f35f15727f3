import { newId } from '@outrider/contracts';
import { shardOf, type OutboxEvent } from '@outrider/outbox';

export const PAYLOAD_BYTES = 300;
const TYPE = 'MEASURED';

/** A JSON value of exactly 300 bytes. */
export function payloadOf(n: number): string {
  const empty = JSON.stringify({ n, pad: '' });
  return JSON.stringify({ n, pad: 'x'.repeat(PAYLOAD_BYTES - empty.length) });
}

export function eventOf(topic: string, key: string, n: number): OutboxEvent & { headers: Record<string, string> } {
  const eventId = newId();
  const headers = { ce_id: eventId, ce_type: TYPE, 'content-type': 'application/json' };
  return { eventId, key, topic, type: TYPE, payload: payloadOf(n), headers };
}

/** How the keys of a backlog lie: over all shards, in one shard, or all the same. */
export type Spread = 'spread' | 'hot shard' | 'hot key';

const KEYS = 1_000;
const HOT_SHARD = 7;

export function keysOf(spread: Spread): readonly string[] {
  switch (spread) {
    case 'spread':
      return Array.from({ length: KEYS }, (_, index) => `key-${index}`);
    case 'hot key':
      return ['key-0'];
    case 'hot shard': {
      const keys: string[] = [];
      for (let index = 0; keys.length < KEYS; index += 1) {
        if (shardOf(`key-${index}`) === HOT_SHARD) keys.push(`key-${index}`);
      }
      return keys;
    }
  }
}
