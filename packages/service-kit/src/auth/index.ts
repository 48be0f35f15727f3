import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ProblemError, ROLES, type Principal, type Role } from '@outrider/contracts';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';

/** Only asymmetric signatures: a verifier never holds a key that could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** A service's key: up to two hashes are valid at a time, so that a key can be rotated without a gap. */
const apiKeySchema = z.strictObject({
  name: z.string().min(1).max(100),
  /** SHA-256 of the key, hex */
  hashes: z
    .array(z.string().regex(/^[0-9a-f]{64}$/u))
    .min(1)
    .max(2),
  scopes: z.array(z.string()),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** Reads the list of API keys from JSON, as it stands in a mounted file or variable. */
export const apiKeysSchema = z
  .string()
  .default('[]')
  .transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(apiKeySchema));

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  /** an http(s) URL, or a file's path */
  readonly jwks: string;
  readonly rolesClaim: string;
  readonly apiKeys: readonly ApiKey[];
}

/** How an API key is stored: only ever its SHA-256, hex. Keys are random and long, so a fast hash is enough. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Finds out who is calling, from a bearer token or an X-Api-Key header. */
export class Authenticator {
  readonly #keys: JWTVerifyGetKey;

  /** @throws Error when a JWKS file cannot be read. */
  constructor(private readonly settings: AuthSettings) {
    this.#keys = /^https?:/u.test(settings.jwks)
      ? createRemoteJWKSet(new URL(settings.jwks), { cooldownDuration: 5_000, timeoutDuration: 3_000 })
      : createLocalJWKSet(JSON.parse(readFileSync(settings.jwks, 'utf8')) as JSONWebKeySet);
  }

  /**
   * Nobody when no credentials came.
   * @throws ProblemError unauthenticated when the credentials are no good; it never says why.
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
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/u.exec(authorization)?.[1];
    if (token === undefined) throw unauthenticated();
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.settings.issuer,
        audience: this.settings.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 5,
      });
      const { sub } = payload;
      if (typeof sub !== 'string' || !/^[\x21-\x7e]{1,200}$/u.test(sub)) throw unauthenticated();
      return { kind: 'person', id: sub, roles: rolesIn(payload[this.settings.rolesClaim]) };
    } catch (error) {
      // the key server being away is our trouble, not the caller's
      if (error instanceof errors.JWKSTimeout) throw new ProblemError('unavailable');
      throw unauthenticated();
    }
  }

  #service(key: string): Principal {
    const presented = Buffer.from(hashApiKey(key), 'hex');
    let found: ApiKey | undefined;
    // every hash is compared, whatever was found before: the time tells nothing
    for (const candidate of this.settings.apiKeys) {
      for (const hash of candidate.hashes) {
        if (timingSafeEqual(presented, Buffer.from(hash, 'hex'))) found = candidate;
      }
    }
    if (found === undefined) throw unauthenticated();
    return { kind: 'service', id: found.name, scopes: found.scopes };
  }
}

function unauthenticated(): ProblemError {
  return new ProblemError('unauthenticated', undefined, {}, { 'www-authenticate': 'Bearer' });
}

function rolesIn(claim: unknown): Role[] {
  const names: readonly unknown[] = Array.isArray(claim)
    ? claim
    : typeof claim === 'string'
      ? claim.split(/[ ,]+/u)
      : [];
  return ROLES.filter((role) => names.includes(role));
}
