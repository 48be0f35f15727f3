import type { Log } from '@outrider/common';
import { createRemoteJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { KeysUnavailableError, type TokenKeys } from './token-keys.js';

export interface RemoteKeysOptions {
  readonly url: string;
  /** a key that the issuer removed is refused after this time */
  readonly maxAgeMs: number;
  /** the issuer is asked no sooner than this after the last time, whether or not it answered; at most half of the age counts */
  readonly cooldownMs: number;
  readonly timeoutMs?: number;
  /** monotonic milliseconds */
  readonly now?: () => number;
}

/**
 * The keys behind an issuer's URL. They are read again at once when a token names an unknown key, but no more often than
 * the cooldown allows, so that invented key names cannot flood the issuer. Known keys are read again at half their age, and
 * stay valid while the issuer cannot be reached, however long: it issues no new tokens then, and the old ones expire.
 *
 * jose's own remote set drops all keys when they grow old while the issuer cannot be reached, and asks it again for every
 * request as long as that fails; so only its reading is used, and when to read is decided here.
 */
export class RemoteKeys implements TokenKeys {
  readonly #set;
  readonly #now: () => number;
  readonly #cooldownMs: number;
  #version = 0;
  #text: string | undefined;
  #readAt: number | undefined;
  #triedAt: number | undefined;
  #failed = false;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly options: RemoteKeysOptions,
    private readonly log: Pick<Log, 'info' | 'error'>,
  ) {
    this.#now = options.now ?? (() => performance.now());
    // a longer one would keep a key that was removed
    this.#cooldownMs = Math.min(options.cooldownMs, options.maxAgeMs / 2);
    this.#set = createRemoteJWKSet(new URL(options.url), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: options.timeoutMs ?? 3_000,
    });
  }

  get version(): number | undefined {
    return this.#age() > this.options.maxAgeMs ? undefined : this.#version;
  }

  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#readAt === undefined) {
      await this.#read();
      if (this.#readAt === undefined)
        throw new KeysUnavailableError('the keys that tokens are signed with could not be read');
    } else if (this.#age() > this.options.maxAgeMs) {
      // an issuer that is known to be away delays no request
      const reading = this.#read();
      if (!this.#failed) await reading;
    }
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#read();
      return this.#set(header, token);
    }
  }

  async refresh(): Promise<void> {
    if (this.#readAt === undefined || this.#age() > this.options.maxAgeMs / 2) await this.#read();
  }

  #age(): number {
    return this.#readAt === undefined ? Number.POSITIVE_INFINITY : this.#now() - this.#readAt;
  }

  /** Waits for the current reading, or reads unless that was tried just now. Never rejects. */
  async #read(): Promise<void> {
    const cooling = this.#triedAt !== undefined && this.#now() < this.#triedAt + this.#cooldownMs;
    if (this.#reading === undefined && cooling) return;
    this.#reading ??= this.#reload().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #reload(): Promise<void> {
    const { url } = this.options;
    try {
      await this.#set.reload();
      this.#readAt = this.#now();
      const text = JSON.stringify(this.#set.jwks());
      if (text !== this.#text) this.#version += 1;
      this.#text = text;
      if (this.#failed) this.log.info({ url }, 'the keys of the token issuer can be read again');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        const go = this.#readAt === undefined ? 'none are known yet' : 'the known keys stay in use';
        this.log.error({ url, err: error }, `the keys of the token issuer cannot be read; ${go}`);
      }
      this.#failed = true;
    }
    this.#triedAt = this.#now();
  }
}
