import { describe, expect, it } from '@jest/globals';
import { codeEdits } from './code-edits.js';
import { applyEdit, lineAt } from './edit.js';

const results = (source: string): string[] => codeEdits(source).map((edit) => applyEdit(source, edit));

describe('edits of code', () => {
  it('flip conditions, move boundaries and take either side of a conjunction', () => {
    expect(results('if (a < b && c) f;')).toEqual(
      expect.arrayContaining([
        'if (true) f;',
        'if (false) f;',
        'if (a <= b && c) f;',
        'if (a < b || c) f;',
        'if (a < b) f;',
        'if (c) f;',
      ]),
    );
  });

  it('drop statements, members and elements, each with its comma', () => {
    expect(results('save(x);')).toEqual([';']);
    expect(results('const o = { a, b };')).toEqual(['const o = { b };', 'const o = { a };']);
    expect(results('const l = [a];')).toEqual(['const l = [];']);
  });

  it('forget the second item', () => {
    expect(results('for (const x of xs) {}')).toEqual(['for (const x of [...xs].slice(0, 1)) {}']);
    expect(results('const y = xs.filter(f);')).toEqual(['const y = [...xs].slice(0, 1).filter(f);', 'const y = xs;']);
  });

  it('forget a default, a case, a sign and the end of a pattern', () => {
    expect(results('const x = a ?? b;')).toEqual(['const x = a;']);
    expect(results(`switch (x) { case 'A': }`)).toEqual([`switch (x) { case 'no such case' as never: }`]);
    expect(results('const x = !a;')).toEqual(['const x = a;']);
    expect(results('const x = /^a$/u;')).toEqual(['const x = /a$/u;', 'const x = /^a/u;']);
  });

  it('leave types, imports and texts alone', () => {
    expect(results(`import { a } from 'b'; type T = 1 | true; interface I { x: 2 }`)).toEqual([]);
    expect(results(`const x = a + ' of ' + b;`)).toEqual([]);
  });

  it('reach into SQL, also in a template', () => {
    const source = 'const q = `SELECT ${what} FROM t WHERE a AND b`;';
    expect(results(source)).toContain('const q = `SELECT ${what} FROM t WHERE a `;');
  });
});

it('a line is counted from 1', () => {
  expect([lineAt('a\nb', 0), lineAt('a\nb', 2)]).toEqual([1, 2]);
});
