import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose';

/** The public keys that tokens are checked with. */
export interface TokenKeys {
  /**
   * The key that a token says it is signed with.
   * @throws a jose error when there is none; KeysUnavailableError when no key is known yet
   */
  keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
  /** Reads them again where that is due. Never rejects; to be called every second or so. */
  refresh(): Promise<void>;
}

/** The keys could not be had so far: whether a token is good cannot be said. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  readonly code = 'AUTH_KEYS_UNAVAILABLE';
}
