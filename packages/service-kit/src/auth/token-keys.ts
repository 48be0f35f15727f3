import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose';

/** The public keys that tokens are verified with. */
export interface TokenKeys {
  /** Raised when any key changes; undefined while they have to be asked for before the next use. */
  readonly version: number | undefined;
  /**
   * The key that a token names in its header.
   * @throws a jose error when there is none; KeysUnavailableError when no key is known yet
   */
  keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
  /** Reads them again when that is due. Never rejects; to be called about once a second. */
  refresh(): Promise<void>;
}

/** No key could be read so far: tokens cannot be verified. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  readonly code = 'AUTH_KEYS_UNAVAILABLE';
}
