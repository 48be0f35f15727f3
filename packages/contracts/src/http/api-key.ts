import { z } from 'zod';

/** What an API key may open, as `inventory:stock`: the names stand in the endpoints' definitions. */
export const scopeSchema = z.string().regex(/^[a-z]+(-[a-z]+)*(:[a-z]+(-[a-z]+)*)?$/u, 'must be like inventory:stock');

/** One caller that is a service, and how its keys are known. The keys themselves are kept nowhere. */
export const apiKeySchema = z.strictObject({
  /** appears in logs and in records of who did what */
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/u, 'must be 1 to 100 letters, digits, . _ -'),
  /** SHA-256 of each valid key, hex, oldest first: two at the most, so that a key can be rotated without a gap */
  hashes: z
    .array(z.string().regex(/^[0-9a-f]{64}$/u, 'must be a SHA-256 in hex'))
    .min(1)
    .max(2),
  scopes: z.array(scopeSchema),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The list of API keys, as it stands in the file that services read and scripts/api-key writes. */
export const apiKeysSchema = z
  .array(apiKeySchema)
  .refine((keys) => distinct(keys.map(({ name }) => name)), 'a name is there twice')
  .refine((keys) => distinct(keys.flatMap(({ hashes }) => hashes)), 'a hash is there twice');

function distinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
