import { createHash } from 'node:crypto';

/** How many tokens are remembered. Only valid ones are, so no stranger can crowd out others. */
const MOST = 10_000;

interface Verified<T> {
  readonly value: T;
  /** the version of the keys that it was verified with */
  readonly version: number;
  /** Unix seconds */
  readonly expiresAt: number;
}

/**
 * Tokens that were found valid, so that a signature is checked once and not at each request: checking one takes longer than
 * most answers. A token is known by its hash, until it expires or any key changes.
 */
export class VerifiedTokens<T> {
  readonly #tokens = new Map<string, Verified<T>>();

  /** @param most when there are more, those used least recently are verified again */
  constructor(private readonly most = MOST) {}

  /**
   * What was kept for a token; undefined when its signature is to be checked.
   * @param version of the keys; undefined when they have to be asked for first
   * @param now Unix seconds, less the tolerance for clocks
   */
  find(token: string, version: number | undefined, now: number): T | undefined {
    const id = hash(token);
    const found = this.#tokens.get(id);
    if (found === undefined) return undefined;
    this.#tokens.delete(id);
    if (found.expiresAt <= now || found.version !== version) return undefined;
    this.#tokens.set(id, found);
    return found.value;
  }

  keep(token: string, value: T, version: number, expiresAt: number): void {
    this.#tokens.set(hash(token), { value, version, expiresAt });
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > this.most && oldest !== undefined) this.#tokens.delete(oldest);
  }
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
