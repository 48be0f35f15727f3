import type { Log } from '@outrider/common';
import { createRemoteJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { KeysUnavailableError, type TokenKeys } from './token-keys.js';

export interface RemoteKeysOptions {
  readonly url: string;
  /** a key that the issuer took away is refused after this time */
  readonly maxAgeMs: number;
  /** the issuer is asked no sooner than this after its last answer, or want of one, whatever tokens say */
  readonly cooldownMs: number;
  readonly timeoutMs?: number;
  /** monotonic milliseconds */
  readonly now?: () => number;
}

/**
 * The keys behind an issuer's URL. A key that is not known is looked for at once, but no more often than the cooldown
 * allows: made-up key names cannot be turned against the issuer. Known keys are read again at half their age, and go on
 * while the issuer is away, however long: no new tokens come then, and the old ones end by themselves.
 *
 * jose's own remote set forgets all keys when they grow old while the issuer is away, and asks it again for every
 * request as long as it fails; so only its reading is used here, and when to read is decided here.
 */
export class RemoteKeys implements TokenKeys {
  readonly #set;
  readonly #now: () => number;
  #readAt: number | undefined;
  #triedAt: number | undefined;
  #failed = false;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly options: RemoteKeysOptions,
    private readonly log: Pick<Log, 'info' | 'error'>,
  ) {
    this.#now = options.now ?? (() => performance.now());
    this.#set = createRemoteJWKSet(new URL(options.url), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: options.timeoutMs ?? 3_000,
    });
  }

  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#readAt === undefined) {
      await this.#read();
      if (this.#readAt === undefined)
        throw new KeysUnavailableError('the keys that tokens are signed with cannot be had');
    } else if (this.#age() > this.options.maxAgeMs) {
      // an issuer known to be away holds nobody up
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

  /** Waits for a reading under way, or reads unless that was tried just now. Never rejects. */
  async #read(): Promise<void> {
    const cooling = this.#triedAt !== undefined && this.#now() < this.#triedAt + this.options.cooldownMs;
    if (this.#reading === undefined && cooling) return;
    this.#reading ??= this.#reload().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #reload(): Promise<void> {
    const { url } = this.options;
    try {
      await this.#set.reload();
      this.#readAt = this.#now();
      if (this.#failed) this.log.info({ url }, 'the token issuer gives its keys again');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        const go = this.#readAt === undefined ? 'none are known yet' : 'those known go on';
        this.log.error({ url, err: error }, `the token issuer does not give its keys; ${go}`);
      }
      this.#failed = true;
    }
    this.#triedAt = this.#now();
  }
}
