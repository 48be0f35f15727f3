/** A word that the glossary has retired. */
export interface RetiredWord {
  /**
   * `phrase`: words in lower case, found in prose and in names alike, however they are joined: `put back` is also
   * `putBack`, `put-back` and `put` at the end of a line. `name`: one identifier, letter by letter.
   */
  readonly kind: 'phrase' | 'name';
  readonly text: string;
  /** what is said instead */
  readonly say: string;
  /** words in front of a phrase that make it another: `dead` before `letter` */
  readonly unlessAfter?: readonly string[];
}

/** Where a retired word stands all the same. */
export interface Allowance {
  /** the start of a path from the root, with slashes */
  readonly path: string;
  /** all words when left out */
  readonly text?: string;
  readonly because: string;
}

export interface Finding {
  readonly path: string;
  /** from 1 */
  readonly line: number;
  readonly found: string;
  readonly say: string;
}

interface Token {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/gu;
/** What may stand between the words of a phrase: nothing, as in a name, or what joins or wraps a line of prose. */
const JOINT = /^(?:[-_]|[ \t]+|[ \t]*\n[ \t]*(?:\*|\/\/|#|>|--)?[ \t]*)?$/u;

/** A record is cited by its file's name, whatever words that has. */
const RECORD = /decisions\/[\w-]+\.md/gu;

/** Finds retired words in a file's text. */
export function findRetired(
  path: string,
  written: string,
  words: readonly RetiredWord[],
  allowances: readonly Allowance[] = [],
): readonly Finding[] {
  const allowed = allowances.filter((one) => path.startsWith(one.path));
  const refused = words.filter((word) => !allowed.some((one) => one.text === undefined || one.text === word.text));
  if (refused.length === 0) return [];
  const text = written.replaceAll(RECORD, (name) => '.'.repeat(name.length));
  const tokens = tokensOf(text);
  const spans = refused.flatMap((word) => {
    const found = word.kind === 'phrase' ? phrasesIn(tokens, text, word) : namesIn(text, word.text);
    return found.map(([start, end]) => ({ start, end, say: word.say }));
  });
  return spans
    .toSorted((one, other) => one.start - other.start)
    .map(({ start, end, say }) => ({
      path,
      line: text.slice(0, start).split('\n').length,
      found: text.slice(start, end).replaceAll(/\s+/gu, ' '),
      say,
    }));
}

function tokensOf(text: string): readonly Token[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    word: word.toLowerCase(),
    start: index,
    end: index + word.length,
  }));
}

type Span = readonly [start: number, end: number];

function phrasesIn(tokens: readonly Token[], text: string, phrase: RetiredWord): readonly Span[] {
  const wanted = phrase.text.split(' ');
  const [first] = wanted;
  return tokens.flatMap((token, at): readonly Span[] => {
    if (token.word !== first || phrase.unlessAfter?.includes(tokens[at - 1]?.word ?? '') === true) return [];
    const run = tokens.slice(at, at + wanted.length);
    const joined = run.every(({ start }, n) => n === 0 || JOINT.test(text.slice(run[n - 1]?.end, start)));
    const same = joined && run.length === wanted.length && run.every(({ word }, n) => word === wanted[n]);
    return same ? [[token.start, run.at(-1)?.end ?? token.end]] : [];
  });
}

function namesIn(text: string, name: string): readonly Span[] {
  return [...text.matchAll(new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, 'gu'))].map(({ index }): Span => [
    index,
    index + name.length,
  ]);
}
