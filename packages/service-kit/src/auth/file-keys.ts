import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Log } from '@outrider/common';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { TokenKeys } from './token-keys.js';
import { WatchedFile } from './watched-file.js';

/** The keys of a JWKS file, exchanged when the file is. @throws Error when it cannot be read */
export function fileKeys(path: string, log: Pick<Log, 'info'>): TokenKeys {
  let version = 0;
  const file = new WatchedFile(
    path,
    (text) => {
      const keys = parseJwks(text);
      version += 1;
      return keys;
    },
    log,
  );
  return {
    get version() {
      return version;
    },
    keyFor: async (header, token) => file.value(header, token),
    refresh: () => file.look(),
  };
}

/**
 * One without a public key is refused, such as the private half: each token would be, and nothing would say why.
 * @throws Error that repeats nothing of the text
 */
export function parseJwks(text: string): ReturnType<typeof createLocalJWKSet> {
  let set;
  try {
    set = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    throw new Error('must be a JSON Web Key Set');
  }
  if (!set.jwks().keys.some(isPublicKey)) throw new Error('must be a JSON Web Key Set with a public key');
  return set;
}

function isPublicKey(key: JsonWebKey): boolean {
  try {
    createPublicKey({ key, format: 'jwk' });
    return key.d === undefined;
  } catch {
    return false;
  }
}
