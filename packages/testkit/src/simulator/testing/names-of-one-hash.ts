import { hash } from '../hash.js';

/** Two different names that have the same hash. @param name makes one of a text of digits and letters */
export function namesOfOneHash(name: (text: string) => string): [one: string, other: string] {
  const seen = new Map<number, string>();
  for (let n = 0; ; n += 1) {
    // texts that are far from one another: neighbours nearly never have the same
    const other = name((Math.imul(n, 0x9e3779b1) >>> 0).toString(36));
    const one = seen.get(hash(other));
    if (one !== undefined) return [one, other];
    seen.set(hash(other), other);
  }
}
