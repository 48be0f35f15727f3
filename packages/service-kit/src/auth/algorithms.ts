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
] as const;

/** Comma separated algorithms that tokens may be signed with; by default all of these. */
export const algorithmsSchema = z
  .string()
  .default(ALGORITHMS.join(','))
  .transform((value) => value.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(ALGORITHMS, `must be of ${ALGORITHMS.join(', ')}`)).min(1));
