import { readText } from '@outrider/connections';
import { z } from 'zod';
import { parseApiKeys } from './api-keys.js';
import { parseJwks } from './file-keys.js';

/** Whether the issuer's keys are at an address, not in a file. */
export function isJwksUrl(jwks: string): boolean {
  return /^https?:/u.test(jwks);
}

/** The issuer's public keys: an http(s) URL, or the path of a file, which must be usable at the start. */
export const jwksSetting = z
  .string()
  .min(1)
  .superRefine((jwks, context) => {
    if (!isJwksUrl(jwks)) refuseUnusable(jwks, parseJwks, context);
    // one with a login is refused by fetch, at each request
    else if (!URL.canParse(jwks) || new URL(jwks).username + new URL(jwks).password !== '') {
      context.addIssue({ code: 'custom', message: 'must be a URL without a login, or a file' });
    }
  });

/** The path of a file with API keys, which must be usable at the start. */
export const apiKeysFileSetting = z
  .string()
  .superRefine((file, context) => refuseUnusable(file, parseApiKeys, context));

function refuseUnusable(file: string, parse: (text: string) => unknown, context: z.RefinementCtx): void {
  try {
    const text = readText(file);
    try {
      parse(text);
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${file}`, { cause: error });
    }
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
}
