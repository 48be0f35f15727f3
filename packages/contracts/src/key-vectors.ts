/**
 * The shard and partition of keys: shard = fnv1a32(utf8 key) & 63; partition = murmur2(utf8 key), positive, mod the partition
 * count, as the Java client does it. Every implementation (relay, replay, tools) is tested with these.
 * Computed with independent implementations: the shards by a few lines of Python, checked against the published value
 * of "foobar"; the partitions by org.apache.kafka.common.utils.Utils of kafka-clients 4.3.1.
 */
export const KEY_VECTORS: readonly {
  readonly key: string;
  readonly shard: number;
  readonly partitionOf12: number;
}[] = [
  { key: '', shard: 5, partitionOf12: 9 },
  { key: 'a', shard: 44, partitionOf12: 4 },
  { key: 'A', shard: 12, partitionOf12: 10 },
  { key: 'ab', shard: 10, partitionOf12: 2 },
  { key: 'abc', shard: 11, partitionOf12: 3 },
  { key: 'abcd', shard: 61, partitionOf12: 8 },
  { key: 'abcde', shard: 8, partitionOf12: 1 },
  { key: 'order-1', shard: 45, partitionOf12: 10 },
  { key: 'order-2', shard: 52, partitionOf12: 3 },
  { key: 'order-10000', shard: 61, partitionOf12: 11 },
  { key: 'product:sku-42', shard: 20, partitionOf12: 0 },
  { key: 'foobar', shard: 40, partitionOf12: 6 },
  { key: '0190a6c2-7f1e-7c3a-9b57-3d2f8e1a4b60', shard: 45, partitionOf12: 7 },
  { key: '0190a6c2-7f1e-7c3a-9b57-3d2f8e1a4b61', shard: 26, partitionOf12: 8 },
  { key: '0198f7d5-0000-7000-8000-000000000000', shard: 24, partitionOf12: 0 },
  { key: 'ffffffff-ffff-7fff-bfff-ffffffffffff', shard: 24, partitionOf12: 4 },
  { key: '주문-1', shard: 7, partitionOf12: 11 },
  { key: '상품', shard: 40, partitionOf12: 9 },
  { key: 'ключ', shard: 33, partitionOf12: 8 },
  { key: '日本語のキー', shard: 1, partitionOf12: 2 },
  { key: 'é', shard: 1, partitionOf12: 3 },
  { key: 'e\u0301', shard: 31, partitionOf12: 7 },
  { key: '😀', shard: 8, partitionOf12: 9 },
  { key: '👩‍👩‍👧‍👦', shard: 59, partitionOf12: 9 },
  { key: ' ', shard: 63, partitionOf12: 9 },
  { key: 'a b\tc\n', shard: 4, partitionOf12: 6 },
  { key: '"quoted\\"', shard: 55, partitionOf12: 2 },
  { key: 'x'.repeat(255), shard: 63, partitionOf12: 11 },
  { key: 'long-'.repeat(100), shard: 49, partitionOf12: 10 },
  { key: '🚚'.repeat(50), shard: 49, partitionOf12: 2 },
];
