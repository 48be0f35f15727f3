import { createHash, timingSafeEqual } from 'node:crypto';
import { apiKeysSchema, type ApiKey } from '@outrider/contracts';
import { z } from 'zod';

/** Reads the list of API keys from JSON, as a setting holds it. */
export const apiKeysSetting = z
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
  .pipe(apiKeysSchema);

/** Reads the list of API keys from a file's text. @throws Error that says what is wrong and repeats nothing of it */
export function parseApiKeys(text: string): readonly ApiKey[] {
  const result = apiKeysSetting.safeParse(text);
  if (result.success) return result.data;
  throw new Error(result.error.issues.map(({ path, message }) => [...path, message].join(' ')).join('; '));
}

/** What is stored of an API key: its SHA-256, hex, and nothing else. Keys are random and long, so a fast hash is enough. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The caller that a key belongs to. Every hash is compared, also after a match, so that the time taken reveals nothing. */
export function ownerOf(key: string, keys: readonly ApiKey[]): ApiKey | undefined {
  const presented = Buffer.from(hashApiKey(key), 'hex');
  let found: ApiKey | undefined;
  for (const candidate of keys) {
    for (const hash of candidate.hashes) {
      if (timingSafeEqual(presented, Buffer.from(hash, 'hex'))) found = candidate;
    }
  }
  return found;
}
