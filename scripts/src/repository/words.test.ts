import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { checkWords } from './check-words.js';
import { findRetired, type RetiredWord } from './find-retired.js';
import { ALLOWED_WORDS, RETIRED_WORDS } from './retired-words.js';

const WORDS: readonly RetiredWord[] = [
  { kind: 'phrase', text: 'set aside', say: 'parked' },
  { kind: 'phrase', text: 'letter', say: 'dead letter', unlessAfter: ['dead'] },
  { kind: 'name', text: 'Told', say: 'provider update' },
];
const found = (text: string): readonly string[] => findRetired('a.ts', text, WORDS).map((one) => one.found);

describe('a retired phrase', () => {
  test.each([
    ['it is set aside.', 'set aside'],
    ['Set aside by hand', 'Set aside'],
    ['const setAside = 1;', 'setAside'],
    ['isSetAsideAt()', 'SetAside'],
    ['SET_ASIDE_MS', 'SET_ASIDE'],
    ["import './set-aside.js';", 'set-aside'],
    ['// what was set\n  // aside', 'set // aside'],
    ['   * what was set\n   * aside', 'set * aside'],
    ['readLetter(x)', 'Letter'],
  ])('is found in %j', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  test.each([
    'a set. Aside from that',
    'reset aside',
    'setting asides',
    'dead letters',
    'deadLetter',
    'dead-letter',
    'newsletter',
    '[the record](decisions/007-set-aside.md)',
  ])('is not found in %j', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test('a retired name is found letter by letter only', () => {
  expect(found('type A = Told[]; is told; ToldBy; $Told')).toEqual(['Told']);
});

test('says where, and what is said instead', () => {
  const text = 'one\n\ntwo: a letter and set\naside';
  expect(findRetired('x/a.md', text, WORDS)).toEqual([
    { path: 'x/a.md', line: 3, found: 'letter', say: 'dead letter' },
    { path: 'x/a.md', line: 3, found: 'set aside', say: 'parked' },
  ]);
});

test('is left alone where it is allowed, by path and by word', () => {
  const allowed = (path: string) =>
    findRetired(path, 'a letter was set aside', WORDS, [
      { path: 'docs/old/', because: 'history' },
      { path: 'a/b.ts', text: 'letter', because: 'of the alphabet' },
    ]).map((one) => one.found);
  expect(allowed('docs/old/x.md')).toEqual([]);
  expect(allowed('a/b.ts')).toEqual(['set aside']);
  expect(allowed('a/c.ts')).toEqual(['letter', 'set aside']);
});

test('all files that people read are looked into, and nothing that is installed or built', async () => {
  const root = await mkdtemp(join(tmpdir(), 'outrider-words-'));
  try {
    const files = ['a/x.ts', 'y.md', 'a/z.mjs', 'w.toml', 'a/dist/x.ts', 'node_modules/a/x.ts', 'a/x.json'];
    for (const file of files) {
      await mkdir(join(root, file, '..'), { recursive: true });
      await writeFile(join(root, file), 'set aside');
    }
    expect((await checkWords(root, WORDS, [])).map(({ path }) => path)).toEqual([
      'a/x.ts',
      'a/z.mjs',
      'w.toml',
      'y.md',
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('every allowance is of a word that is refused, and is needed', async () => {
  const words = new Set(RETIRED_WORDS.map(({ text }) => text));
  expect(ALLOWED_WORDS.flatMap(({ text }) => (text === undefined || words.has(text) ? [] : [text]))).toEqual([]);
  const findings = await checkWords(PROJECT_ROOT, RETIRED_WORDS, []);
  const unneeded = ALLOWED_WORDS.filter(({ path }) => !findings.some((one) => one.path.startsWith(path)));
  expect(unneeded).toEqual([]);
});
