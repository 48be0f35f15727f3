import { z } from 'zod';

/** A permission of an API key, like `inventory:stock`; endpoints' definitions name them. */
export const scopeSchema = z.string().regex(/^[a-z]+(-[a-z]+)*(:[a-z]+(-[a-z]+)*)?$/u, 'must be like inventory:stock');

/** A service that calls the API, with the hashes of its keys. The keys themselves are not stored. */
export const apiKeySchema = z.strictObject({
  /** shown in logs and audit records */
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/u, 'must be 1 to 100 letters, digits, . _ -'),
  /** SHA-256 of each valid key, hex, oldest first: at most two, so that a key can be rotated without interruption */
  hashes: z
    .array(z.string().regex(/^[0-9a-f]{64}$/u, 'must be a SHA-256 in hex'))
    .min(1)
    .max(2),
  scopes: z.array(scopeSchema),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The list of API keys: the file that scripts/api-key writes and services read. */
export const apiKeysSchema = z
  .array(apiKeySchema)
  .refine((keys) => distinct(keys.map(({ name }) => name)), 'a name is there twice')
  .refine((keys) => distinct(keys.flatMap(({ hashes }) => hashes)), 'a hash is there twice');

function distinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
