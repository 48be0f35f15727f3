const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The partition of a key, as Kafka's Java client computes it: murmur2 over the UTF-8 bytes, made positive by dropping
 * the sign bit, modulo the number of partitions. Given to the producer explicitly, so that every client puts a key into
 * the same partition. Source: org.apache.kafka.common.utils.Utils.murmur2 (after Austin Appleby).
 */
export function partitionOf(key: string, partitions: number): number {
  return ((murmur2OfAscii(key) ?? murmur2(Buffer.from(key, 'utf8'))) & 0x7fffffff) % partitions;
}

/** The same without encoding the text first, which is most of the work; undefined when it is not ASCII. */
function murmur2OfAscii(text: string): number | undefined {
  const { length } = text;
  const whole = length & ~3;
  let hash = SEED ^ length;
  let seen = 0;
  for (let at = 0; at < whole; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    let k = Math.imul(a | (b << 8) | (c << 16) | (d << 24), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  if (whole < length) {
    let rest = 0;
    for (let at = length - 1; at >= whole; at -= 1) {
      const code = text.charCodeAt(at);
      seen |= code;
      rest = (rest << 8) | code;
    }
    hash = Math.imul(hash ^ rest, M);
  }
  return seen > 0x7f ? undefined : finish(hash);
}

function murmur2(bytes: Buffer): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(bytes.readInt32LE(at), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  if (whole < length) {
    hash = Math.imul(hash ^ bytes.readUIntLE(whole, length - whole), M);
  }
  return finish(hash);
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), M);
  return mixed ^ (mixed >>> 15);
}
