import { createHash, randomBytes } from 'node:crypto';
import type { ApiKey } from '@outrider/contracts';
import { CommandError } from '../cli/errors.js';

/** Keys of one caller that are valid at a time: the one in use, and the one that comes after it. */
const VALID_AT_A_TIME = 2;

/** A new key: 256 random bits. By its beginning people and scanners recognise what they found, and our logs what to cut out. */
export function newKey(): string {
  return `outrider_${randomBytes(32).toString('base64url')}`;
}

/** How services know a key: its SHA-256, hex. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** What people call a key by: the beginning of its hash. */
export function idOf(hash: string): string {
  return hash.slice(0, 8);
}

/**
 * Adds a key to a caller's, or a caller with its first key.
 *
 * @param scopes needed for a new caller; for one that is there, none or the ones it has
 * @throws CommandError when that cannot be
 */
export function withKey(
  keys: readonly ApiKey[],
  name: string,
  scopes: readonly string[],
  hash: string,
): readonly ApiKey[] {
  const caller = keys.find((one) => one.name === name);
  if (caller === undefined) {
    if (scopes.length === 0) throw new CommandError(`${name} is new: say what it may do with --scope.`);
    return [...keys, { name, hashes: [hash], scopes: [...new Set(scopes)].sort() }];
  }
  if (scopes.length > 0 && !isSame(scopes, caller.scopes)) {
    throw new CommandError(
      `${name} is there, with ${caller.scopes.join(', ')}: leave --scope out to give it a second key, or take another name.`,
    );
  }
  if (caller.hashes.length >= VALID_AT_A_TIME) {
    throw new CommandError(
      `${name} has ${VALID_AT_A_TIME} keys (${caller.hashes.map(idOf).join(', ')}): revoke one first.`,
    );
  }
  return keys.map((one) => (one === caller ? { ...caller, hashes: [...caller.hashes, hash] } : one));
}

/** Which keys of a caller to revoke. */
export type Which = 'all' | 'older' | { readonly id: string };

/**
 * Takes keys from a caller; one without any key is gone.
 *
 * @returns the list as it is then, and the hashes that went
 * @throws CommandError when there are no such keys
 */
export function withoutKeys(
  keys: readonly ApiKey[],
  name: string,
  which: Which,
): { readonly keys: readonly ApiKey[]; readonly revoked: readonly string[] } {
  const caller = keys.find((one) => one.name === name);
  if (caller === undefined) throw new CommandError(`There is no ${name}: scripts/api-key list shows who is there.`);
  const revoked = chosen(caller, which);
  const left = caller.hashes.filter((hash) => !revoked.includes(hash));
  return {
    keys: keys.flatMap((one) => (one !== caller ? [one] : left.length === 0 ? [] : [{ ...caller, hashes: left }])),
    revoked,
  };
}

function chosen({ name, hashes }: ApiKey, which: Which): readonly string[] {
  if (which === 'all') return hashes;
  if (which === 'older') {
    if (hashes.length < VALID_AT_A_TIME) {
      throw new CommandError(`${name} has one key only: make the next one first, or revoke with --all.`);
    }
    return hashes.slice(0, 1);
  }
  const found = hashes.filter((hash) => hash.startsWith(which.id));
  if (found.length !== 1)
    throw new CommandError(`${name} has no key ${which.id}: it has ${hashes.map(idOf).join(', ')}.`);
  return found;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return [...new Set(some)].sort().join() === [...new Set(others)].sort().join();
}
