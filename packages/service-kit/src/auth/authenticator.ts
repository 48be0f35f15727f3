import type { Log } from '@outrider/common';
import { ProblemError, type ApiKey, type Principal } from '@outrider/contracts';
import { jwtVerify } from 'jose';
import { ownerOf, parseApiKeys } from './api-keys.js';
import { fileKeys } from './file-keys.js';
import { RemoteKeys } from './remote-keys.js';
import { rolesIn } from './roles.js';
import { KeysUnavailableError, type TokenKeys } from './token-keys.js';
import { WatchedFile } from './watched-file.js';

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** an http(s) URL, or a file's path */
  readonly jwks: string;
  /** for a URL: after how long a key that the issuer took away is refused, and how often it is asked at the most */
  readonly jwksMaxAgeMs: number;
  readonly jwksCooldownMs: number;
  /** a claim's name or the way to it */
  readonly rolesClaim: string;
  readonly apiKeys: readonly ApiKey[];
  /** a file with more of them, read again when it changes */
  readonly apiKeysFile?: string | undefined;
}

/** Finds out who is calling, from a bearer token or an X-Api-Key header. */
export class Authenticator {
  readonly #tokenKeys: TokenKeys;
  readonly #keysFile: WatchedFile<readonly ApiKey[]> | undefined;

  /** @throws Error when a file cannot be read or is no good */
  constructor(
    private readonly settings: AuthSettings,
    log: Pick<Log, 'info' | 'error'>,
  ) {
    const { jwks, jwksMaxAgeMs: maxAgeMs, jwksCooldownMs: cooldownMs, apiKeysFile } = settings;
    this.#tokenKeys = /^https?:/u.test(jwks)
      ? new RemoteKeys({ url: jwks, maxAgeMs, cooldownMs }, log)
      : fileKeys(jwks, log);
    this.#keysFile = apiKeysFile === undefined ? undefined : new WatchedFile(apiKeysFile, parseApiKeys, log);
  }

  /** Takes up keys that came and lets go of those that went. Never rejects; to be called every second or so. */
  async refresh(): Promise<void> {
    await Promise.all([this.#tokenKeys.refresh(), this.#keysFile?.look()]);
  }

  /**
   * Nobody when no credentials came.
   * @throws ProblemError unauthenticated when the credentials are no good, and never says why; unavailable when no key
   * to check a token with is known yet
   */
  async principalOf(headers: {
    authorization?: string | undefined;
    'x-api-key'?: string | string[] | undefined;
  }): Promise<Principal> {
    const apiKey = headers['x-api-key'];
    if (headers.authorization !== undefined) return this.#person(headers.authorization);
    if (typeof apiKey === 'string') return this.#service(apiKey);
    return { kind: 'nobody' };
  }

  async #person(authorization: string): Promise<Principal> {
    // the scheme's name is written in either case (RFC 9110, 11.1)
    const token = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/iu.exec(authorization)?.[1];
    if (token === undefined) throw new ProblemError('unauthenticated');
    try {
      const { payload } = await jwtVerify(token, (header, input) => this.#tokenKeys.keyFor(header, input), {
        issuer: this.settings.issuer,
        audience: this.settings.audience,
        algorithms: [...this.settings.algorithms],
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 5,
      });
      const { sub } = payload;
      if (typeof sub !== 'string' || !/^[\x21-\x7e]{1,200}$/u.test(sub)) throw new ProblemError('unauthenticated');
      return { kind: 'person', id: sub, roles: rolesIn(payload, this.settings.rolesClaim) };
    } catch (error) {
      // the token may be a good one: its bearer shall come again, and not throw it away
      if (error instanceof KeysUnavailableError) {
        throw new ProblemError('unavailable', 'Tokens cannot be checked right now', {}, { 'retry-after': '5' });
      }
      throw new ProblemError('unauthenticated');
    }
  }

  #service(key: string): Principal {
    const owner = ownerOf(key, [...this.settings.apiKeys, ...(this.#keysFile?.value ?? [])]);
    if (owner === undefined) throw new ProblemError('unauthenticated');
    return { kind: 'service', id: owner.name, scopes: owner.scopes };
  }
}
