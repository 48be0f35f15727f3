import { createHash } from 'node:crypto';

const names = new Map<string, string>();
const MOST_NAMES = 1_000;

/**
 * The name under which a statement is prepared: of what it is. A pooler that mixes sessions up may so find none of that
 * name, or one too many, which are errors; but never another statement. The types of its parameters follow from its text,
 * since none are given. 49 bytes; PostgreSQL cuts names at 63.
 */
export function statementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `outrider_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
  if (names.size < MOST_NAMES) names.set(text, name);
  return name;
}
