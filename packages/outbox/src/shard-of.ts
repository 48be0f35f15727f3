/** Shards of every outbox; the tables' constraints rely on it. */
export const SHARDS = 64;

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The shard of a key's events: 32-bit FNV-1a over its UTF-8 bytes, the lowest six bits.
 * Source: Fowler, Noll, Vo (draft-eastlake-fnv).
 */
export function shardOf(key: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(key, 'utf8')) hash = Math.imul(hash ^ byte, PRIME);
  return hash & (SHARDS - 1);
}
