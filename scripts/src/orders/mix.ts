import { createHash } from 'node:crypto';

/** The items in another order, the same one for the same seed. */
export function mix<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, by: createHash('sha256').update(`${seed}:${index}`).digest('hex') }))
    .sort((one, other) => (one.by < other.by ? -1 : 1))
    .map(({ item }) => item);
}
