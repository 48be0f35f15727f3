import type { Log } from '@outrider/common';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { TokenKeys } from './token-keys.js';
import { WatchedFile } from './watched-file.js';

/** The keys of a JWKS file, exchanged when the file is. @throws Error when it cannot be read */
export function fileKeys(path: string, log: Pick<Log, 'info' | 'error'>): TokenKeys {
  const file = new WatchedFile(path, (text) => createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), log);
  return {
    keyFor: async (header, token) => file.value(header, token),
    refresh: () => file.look(),
  };
}
