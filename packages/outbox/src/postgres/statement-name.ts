import { createHash } from 'node:crypto';

const names = new Map<string, string>();
const MAX_NAMES = 1_000;

/**
 * The name under which a statement is prepared: a hash of its text. With a pooler that mixes sessions up, the name may be
 * missing or taken, which are errors, but it never names another statement. The types of the parameters follow from the
 * text, since none are given. 49 bytes; PostgreSQL cuts names at 63.
 */
export function statementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `outrider_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
  if (names.size < MAX_NAMES) names.set(text, name);
  return name;
}
