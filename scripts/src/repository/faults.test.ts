import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { faultTestsIn, findFaultTests } from './find-fault-tests.js';
import { renderFaults } from './render-faults.js';

// Put together here, so that these examples are not found as tests themselves.
const named = (call: string, title: string): string => `${call}('${title}', async () => {`;

describe('tests by fault', () => {
  it('are found by their names, however they are written', () => {
    const source = [
      named('test', 'F17 frees the first item'),
      named('  it.each([[1], [2]])', 'F01, F04 keeps both'),
      `test(\n    "F20: another customer\\'s key",\n    async () => {`,
      named("test.each(['a (b)', \"c'd)\"])", 'F35 %s is text'),
      named('(found ? test : test.skip)', 'F32 goes on'),
      named('test', 'mentions F30 only'),
      `const text = 'F19 is not a name';`,
    ].join('\n');
    expect(faultTestsIn(source, 'a.test.ts')).toEqual([
      { faults: ['F17'], title: 'frees the first item', path: 'a.test.ts' },
      { faults: ['F01', 'F04'], title: 'keeps both', path: 'a.test.ts' },
      { faults: ['F20'], title: "another customer's key", path: 'a.test.ts' },
      { faults: ['F35'], title: '%s is text', path: 'a.test.ts' },
      { faults: ['F32'], title: 'goes on', path: 'a.test.ts' },
    ]);
  });

  it('take the number of the describe around them', () => {
    const source = [
      named('describe', 'F08'),
      named('  test', 'nothing is skipped'),
      named('  test', 'F09 gaps are not waited for'),
      named('describe', 'metrics'),
      named('  test', 'are there'),
    ].join('\n');
    expect(faultTestsIn(source, 'a.test.ts')).toEqual([
      { faults: ['F08'], title: 'nothing is skipped', path: 'a.test.ts' },
      { faults: ['F09'], title: 'gaps are not waited for', path: 'a.test.ts' },
    ]);
  });

  it('are listed below their fault, and a fault without one shows', () => {
    const text = renderFaults([{ faults: ['F01', 'F04'], title: 'keeps both', path: 'packages/x/src/a.test.ts' }]);
    expect(text).toContain('2 of 48 faults have a test. Still without: ');
    expect(text).toMatch(/## F04 .*\n\n- keeps both \(\[a\.test\.ts\]\(\.\.\/packages\/x\/src\/a\.test\.ts\)\)\n/);
    expect(text).toMatch(/## F17 .*\n\nNo test yet\.\n/);
  });

  it('may not name a fault that there is not', () => {
    expect(() => renderFaults([{ faults: ['F99'], title: 'x', path: 'p' }])).toThrow('F99, which is no fault');
  });

  it('are what docs/faults.md says (npm run docs:faults brings it up to date)', async () => {
    const committed = await readFile(join(PROJECT_ROOT, 'docs/faults.md'), 'utf8');
    expect(committed).toBe(renderFaults(await findFaultTests(PROJECT_ROOT)));
  });
});
