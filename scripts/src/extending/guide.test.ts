import { describe, expect, test } from '@jest/globals';
import { changed, stepsBelow } from './guide.js';

const GUIDE = [
  '# Guide',
  '## One',
  'Text.',
  '```ts',
  '// a/new.ts',
  'export {};',
  '```',
  '```sh',
  'npm test',
  '```',
  '### Inner',
  '```diff',
  '+++ a/old.ts',
  ' kept',
  '-gone',
  '+come',
  '@@',
  '+first',
  ' top',
  '```',
  '## Two',
  '```ts',
  'const shown = 1;',
  '```',
  '',
].join('\n');

describe('a guide', () => {
  test('has its steps below their heading, with those of inner headings, and nothing else', () => {
    const inner = {
      kind: 'change',
      path: 'a/old.ts',
      places: [
        { before: 'kept\ngone\n', after: 'kept\ncome\n' },
        { before: 'top\n', after: 'first\ntop\n' },
      ],
    };
    expect(stepsBelow(GUIDE, 'One')).toEqual([{ kind: 'new file', path: 'a/new.ts', text: 'export {};\n' }, inner]);
    expect(stepsBelow(GUIDE, 'Inner')).toEqual([inner]);
    expect(stepsBelow(GUIDE, 'Two')).toEqual([]);
    expect(() => stepsBelow(GUIDE, 'Three')).toThrow('no heading "Three"');
  });

  test('changes a file where it says, or not at all', () => {
    const [step] = stepsBelow(GUIDE, 'Inner');
    if (step?.kind !== 'change') throw new Error('not a change');
    expect(changed('top\nkept\ngone\nend\n', step)).toBe('first\ntop\nkept\ncome\nend\n');
    expect(() => changed('top\nkept\n', step)).toThrow('a/old.ts has these lines 0 times, not once:\nkept\ngone');
    expect(() => changed('top\ntop\nkept\ngone\n', step)).toThrow('2 times');
  });
});
