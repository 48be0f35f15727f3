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

/** @throws Error that repeats nothing of the text */
export function parseJwks(text: string): ReturnType<typeof createLocalJWKSet> {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    throw new Error('must be a JSON Web Key Set');
  }
}
