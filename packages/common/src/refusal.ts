import { errorCode } from './error-text.js';

/** Why a database, or what leads to it, refuses a connection in a way that only an operator can change. */
export const REFUSALS = ['login', 'database', 'rights', 'too-many', 'certificate'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Undefined for any other error: of a server that is away, for instance, which comes back by itself. */
export function refusalOf(error: unknown): Refusal | undefined {
  const code = errorCode(error) ?? '';
  if (code.startsWith('28')) return 'login';
  if (code === '3D000') return 'database';
  if (code === '42501') return 'rights';
  if (code === '53300') return 'too-many';
  return /CERT|SELF_SIGNED|^UNABLE_TO_(?:GET|VERIFY)/u.test(code) ? 'certificate' : undefined;
}
