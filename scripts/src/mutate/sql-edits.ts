import type { Edit } from './edit.js';

/** A text is taken for SQL when it has one of these clauses, in capitals as all statements here are written. */
const SQL = /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|RETURNING|ORDER BY)\b/u;

export function looksLikeSql(text: string): boolean {
  return SQL.test(text);
}

/** Words that end a condition or a clause, outside of its parentheses. */
const NEXT_CLAUSE =
  /^(?:AND|OR|ORDER BY|GROUP BY|LIMIT|FOR (?:NO KEY )?(?:UPDATE|SHARE)|RETURNING|WHERE|FROM|ON CONFLICT|WHEN|THEN|ELSE|END|UNION|LEFT|JOIN|CROSS|SELECT|ROWS)\b/u;

/** What is dropped whole: the clause's first word, and the operator's name. */
const CLAUSES: readonly (readonly [RegExp, string])[] = [
  [/\bAND\b/gu, 'drop AND'],
  [/\bOR\b/gu, 'drop OR'],
  [/\bORDER BY\b/gu, 'drop ORDER BY'],
  [/\bLIMIT\b/gu, 'drop LIMIT'],
];

/** What becomes something else in place. */
const REPLACEMENTS: readonly (readonly [RegExp, string, string])[] = [
  [/ FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF \w+)?(?: SKIP LOCKED)?/gu, '', 'drop FOR UPDATE'],
  [/ SKIP LOCKED/gu, '', 'drop SKIP LOCKED'],
  [/ ON CONFLICT(?: \([^)]*\))? DO NOTHING/gu, '', 'drop ON CONFLICT'],
  [/ DESC\b/gu, '', 'drop DESC'],
  [/\bDISTINCT /gu, '', 'drop DISTINCT'],
  [/\bNOT /gu, '', 'drop NOT'],
  [/\bLEFT JOIN\b/gu, 'JOIN', 'inner join'],
  [/\bOR\b/gu, 'AND', 'OR to AND'],
  [/\bIS NULL\b/gu, 'IS NOT NULL', 'flip NULL'],
  [/\bIS NOT NULL\b/gu, 'IS NULL', 'flip NULL'],
  [/\bleast\b/giu, 'greatest', 'least to greatest'],
  [/\bgreatest\b/giu, 'least', 'greatest to least'],
  [/\bmin(?=\()/gu, 'max', 'min to max'],
  [/\bmax(?=\()/gu, 'min', 'max to min'],
  [/\btrue\b/gu, 'false', 'flip boolean'],
  [/\bfalse\b/gu, 'true', 'flip boolean'],
  [/(?<![-<>=@])<=(?![-<>=@])/gu, '<', 'boundary'],
  [/(?<![-<>=@])>=(?![-<>=@])/gu, '>', 'boundary'],
  [/(?<![-<>=@|&!])<(?![-<>=@|&])/gu, '<=', 'boundary'],
  [/(?<![-<>=@|&!])>(?![-<>=@|&])/gu, '>=', 'boundary'],
  [/(?<=[\w)] ?)\+(?= ?[\w(])/gu, '-', 'plus to minus'],
  [/(?<=[\w)] ?)-(?= ?[\w($])(?!>)/gu, '+', 'minus to plus'],
];

/**
 * Edits of a statement, by its words: conditions, clauses and assignments are dropped, comparisons move by one. Some
 * results are no SQL any more; a test notices those at once.
 *
 * @param sql the text between its quotes
 * @param offset where it begins in its source
 */
export function sqlEdits(sql: string, offset: number): Edit[] {
  const edits: Edit[] = [];
  const add = (start: number, end: number, text: string, operator: string): void => {
    edits.push({ start: offset + start, end: offset + end, text, operator: `SQL: ${operator}` });
  };
  for (const [pattern, operator] of CLAUSES) {
    for (const { index, 0: word } of sql.matchAll(pattern)) {
      if (isBetween(sql, index)) continue;
      add(index, clauseEnd(sql, index + word.length), '', operator);
    }
  }
  for (const { index, 0: word } of sql.matchAll(/\bWHERE\b/gu)) {
    const from = index + word.length;
    add(from, clauseEnd(sql, from), ' true ', 'first condition is true');
  }
  for (const [pattern, text, operator] of REPLACEMENTS) {
    for (const { index, 0: found } of sql.matchAll(pattern)) add(index, index + found.length, text, operator);
  }
  for (const { index, 0: found } of sql.matchAll(/(?<![\w$.:'"])\d+(?![\w.:'"\]])/gu)) {
    add(index, index + found.length, String(Number(found) + 1), 'number plus one');
  }
  for (const { index, 0: found } of sql.matchAll(/\bSET\s/gu)) {
    for (const [start, end] of assignments(sql, index + found.length)) add(start, end, '', 'drop assignment');
  }
  return edits;
}

/** Is this the AND of `BETWEEN a AND b`? */
function isBetween(sql: string, at: number): boolean {
  return /\bBETWEEN\s+\S+\s+$/u.test(sql.slice(0, at)) && sql.startsWith('AND', at);
}

/** Where the clause ends that goes on at `from`: before the next one, or where its parentheses do. */
function clauseEnd(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    const char = sql.charAt(at);
    if (char === '(') depth++;
    if (char === ')' && --depth < 0) return at;
    const startsWord = !/\w/u.test(sql.charAt(at - 1));
    if (depth > 0 || !startsWord || at === from || isBetween(sql, at)) continue;
    if (NEXT_CLAUSE.test(sql.slice(at, at + 30))) return at;
  }
  return sql.length;
}

/** Each assignment with the comma that separates it; none where there is a single one. */
function assignments(sql: string, from: number): (readonly [number, number])[] {
  const end = clauseEnd(sql, from);
  const commas: number[] = [];
  let depth = 0;
  for (let at = from; at < end; at++) {
    const char = sql.charAt(at);
    if (char === '(' || char === '[') depth++;
    if (char === ')' || char === ']') depth--;
    if (char === ',' && depth === 0) commas.push(at);
  }
  const [first] = commas;
  if (first === undefined) return [];
  return [[from, first + 1], ...commas.map((comma, at): [number, number] => [comma, commas[at + 1] ?? end])];
}
