import type { Log } from '@outrider/common';
import { ProblemError, type ApiKey, type Principal } from '@outrider/contracts';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { ownerOf, parseApiKeys } from './api-keys.js';
import { fileKeys } from './file-keys.js';
import { RemoteKeys } from './remote-keys.js';
import { rolesIn } from './roles.js';
import { isJwksUrl } from './settings.js';
import { KeysUnavailableError, type TokenKeys } from './token-keys.js';
import { tokenRefusal } from './token-refusal.js';
import { VerifiedTokens } from './verified-tokens.js';
import { WatchedFile } from './watched-file.js';

/** In seconds: how far the clock of a token's issuer may be off. */
const CLOCK_TOLERANCE_S = 5;

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** an http(s) URL, or a file's path */
  readonly jwks: string;
  /** for a URL: how long a key that the issuer removed is still accepted, and the least time between two requests to it */
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
  readonly #verified = new VerifiedTokens<Principal>();
  readonly #keysFile: WatchedFile<readonly ApiKey[]> | undefined;

  /** @throws Error when a file cannot be read or is invalid */
  constructor(
    private readonly settings: AuthSettings,
    log: Pick<Log, 'info' | 'error'>,
  ) {
    const { jwks, jwksMaxAgeMs: maxAgeMs, jwksCooldownMs: cooldownMs, apiKeysFile } = settings;
    this.#tokenKeys = isJwksUrl(jwks) ? new RemoteKeys({ url: jwks, maxAgeMs, cooldownMs }, log) : fileKeys(jwks, log);
    this.#keysFile = apiKeysFile === undefined ? undefined : new WatchedFile(apiKeysFile, parseApiKeys, log);
  }

  /** Adds new keys and removes those that are gone. Never rejects; to be called about once a second. */
  async refresh(): Promise<void> {
    await Promise.all([this.#tokenKeys.refresh(), this.#keysFile?.look()]);
  }

  /**
   * `nobody` when the request has no credentials.
   * @throws ProblemError unauthenticated when the credentials are invalid; unavailable when no key to verify a token with is
   * known yet
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
    if (token === undefined) throw new ProblemError('unauthenticated', 'Authorization is not Bearer and a JWT.');
    const now = Math.floor(Date.now() / 1000) - CLOCK_TOLERANCE_S;
    const version = this.#tokenKeys.version;
    const known = this.#verified.find(token, version, now);
    if (known !== undefined) return known;
    try {
      const payload = await this.#verify(token);
      const { sub, exp } = payload;
      if (typeof exp !== 'number' || typeof sub !== 'string' || !/^[\x21-\x7e]{1,200}$/u.test(sub))
        throw new errors.JWTClaimValidationFailed('no usable subject', payload, 'sub');
      const person: Principal = { kind: 'person', id: sub, roles: rolesIn(payload, this.settings.rolesClaim) };
      // the version before the check: keys that were exchanged meanwhile have not verified this token
      if (version !== undefined) this.#verified.keep(token, person, version, exp);
      return person;
    } catch (error) {
      // the token may be valid: the client should try again with it
      if (error instanceof KeysUnavailableError) {
        throw new ProblemError('unavailable', 'Tokens cannot be verified right now', {}, { 'retry-after': '5' });
      }
      throw new ProblemError('unauthenticated', tokenRefusal(error));
    }
  }

  /**
   * Of keys without names, or with the same, a token does not say which one it means: those that it may mean are tried.
   * @throws a jose error, or what the token's keys throw
   */
  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms } = this.settings;
    const expected: JWTVerifyOptions = {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
    };
    try {
      return (await jwtVerify(token, (header, input) => this.#tokenKeys.keyFor(header, input), expected)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, expected)).payload;
        } catch (refusal) {
          if (!(refusal instanceof errors.JWSSignatureVerificationFailed)) throw refusal;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  #service(key: string): Principal {
    // none; its hash is that of a variable that was not set when the hash was made
    const owner = key === '' ? undefined : ownerOf(key, [...this.settings.apiKeys, ...(this.#keysFile?.value ?? [])]);
    if (owner === undefined) throw new ProblemError('unauthenticated', 'The API key is not known.');
    return { kind: 'service', id: owner.name, scopes: owner.scopes };
  }
}
