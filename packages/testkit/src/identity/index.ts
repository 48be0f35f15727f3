import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';

/** Who issues tokens in tests and the local run, and for whom. */
export const LOCAL_ISSUER = 'https://outrider.local';
export const LOCAL_AUDIENCE = 'outrider';

const ALGORITHM = 'ES256';

/** A token issuer of one's own: a key pair whose public half stands in a JWKS file that services can be pointed at. */
export interface Identity {
  readonly issuer: string;
  readonly audience: string;
  /** path of the file with the public key */
  readonly jwksFile: string;
  /** path of the file with the private key, mode 600 */
  readonly privateKeyFile: string;
  /** A signed token; `expiresIn` as jose writes durations ('1h'). */
  token(claims: { sub: string; roles: readonly string[] }, expiresIn?: string): Promise<string>;
}

/** Makes an identity with a new key in `directory`. */
export async function createIdentity(directory: string): Promise<Identity> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const kid = crypto.randomUUID();
  const jwksFile = join(directory, 'jwks.json');
  const privateKeyFile = join(directory, 'private-key.json');
  await writeFile(
    jwksFile,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' }] }),
  );
  await writeFile(privateKeyFile, JSON.stringify({ ...(await exportJWK(privateKey)), kid, alg: ALGORITHM }), {
    mode: 0o600,
  });
  return openIdentity(directory);
}

/** Opens an identity made before. @throws Error when the directory holds none. */
export async function openIdentity(directory: string): Promise<Identity> {
  const privateKeyFile = join(directory, 'private-key.json');
  const jwk = JSON.parse(await readFile(privateKeyFile, 'utf8')) as JWK & { kid: string };
  const key = await importJWK(jwk, ALGORITHM);
  return {
    issuer: LOCAL_ISSUER,
    audience: LOCAL_AUDIENCE,
    jwksFile: join(directory, 'jwks.json'),
    privateKeyFile,
    token: (claims, expiresIn = '12h') =>
      new SignJWT({ roles: claims.roles })
        .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid })
        .setSubject(claims.sub)
        .setIssuer(LOCAL_ISSUER)
        .setAudience(LOCAL_AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(expiresIn)
        .sign(key),
  };
}
