import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';
import { Journal } from './journal.js';
import { mutantsOf, resultOf } from './mutant.js';
import { textReport } from './report.js';
import { findSources, type SourceFile } from './source-files.js';

const file: SourceFile = {
  path: 'services/x/src/domain/a.ts',
  workspace: 'services/x',
  text: 'if (a < b) {\n  f(1);\n}\n',
  unit: [],
  integration: [],
};

describe('the edits of a file', () => {
  it('are the same ones for the same seed, in the order of the text', () => {
    const all = mutantsOf(file, 100, 1).map(({ id }) => id);
    const some = mutantsOf(file, 3, 7).map(({ id }) => id);
    expect(mutantsOf(file, 3, 7).map(({ id }) => id)).toEqual(some);
    expect(some).toHaveLength(3);
    expect(all.filter((id) => some.includes(id))).toEqual(some);
    expect(mutantsOf(file, 3, 8).map(({ id }) => id)).not.toEqual(some);
  });
});

describe('the sources', () => {
  it('know the tests that import them, directly or by others, and no tests of other packages', async () => {
    const [takeBack] = await findSources(PROJECT_ROOT, ['services/inventory/src/domain/take-back.ts']);
    expect(takeBack?.workspace).toBe('services/inventory');
    expect(takeBack?.unit).toContain('services/inventory/src/domain/decide-batch.test.ts');
    expect(takeBack?.integration).toContain('services/inventory/src/reservations.integration.test.ts');
    expect([...(takeBack?.unit ?? []), ...(takeBack?.integration ?? [])]).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^(?!services\/inventory\/)/u)]),
    );
  });

  it.each(['docs', 'services/inventory', 'services/inventory/src/nowhere', 'services/../services/order/src'])(
    'are not found in %s, which is said by name',
    async (path) => {
      const finding = findSources(PROJECT_ROOT, [path]);
      await expect(finding).rejects.toBeInstanceOf(UsageError);
      await expect(finding).rejects.toThrow(path);
    },
  );
});

describe('the journal', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrider-journal-'));
  });
  afterEach(async () => await rm(directory, { recursive: true }));

  it('knows after an interruption what was noticed, and of survivors only while their tests are the same', async () => {
    const path = join(directory, 'journal.jsonl');
    const [one, two] = mutantsOf(file, 2, 1);
    if (!one || !two) throw new Error('two edits');
    const journal = await Journal.open(path, false);
    await journal.add(resultOf(one, 'killed', 'a.test.ts'), 'tests');
    await journal.add(resultOf(two, 'survived'), 'tests');
    await writeFile(path, '{"id":"half a li', { flag: 'a' });

    const later = await Journal.open(path, false);
    expect(later.find(one.id, 'other tests')).toEqual(resultOf(one, 'killed', 'a.test.ts'));
    expect(later.find(two.id, 'tests')).toEqual(resultOf(two, 'survived'));
    expect(later.find(two.id, 'other tests')).toBeUndefined();
    expect((await Journal.open(path, true)).find(one.id, 'tests')).toBeUndefined();
  });
});

it('the report shows survivors by file, line and edit, and counts the rest', () => {
  const fates = ['survived', 'killed', 'timeout', 'refused'] as const;
  const results = mutantsOf(file, 4, 1).map((mutant, at) => resultOf(mutant, fates[at] ?? 'untested'));
  expect(textReport(results).split('\n')).toEqual([
    expect.stringMatching(/^services\/x\/src\/domain\/a\.ts:[12] {2}.+: .+ → .+$/u),
    '',
    'services/x/src/domain/a.ts: 4 mutants, 2 noticed by tests, 1 by the compiler, 1 survived',
    'All: 4 mutants, 2 noticed by tests, 1 by the compiler, 1 survived',
  ]);
});
