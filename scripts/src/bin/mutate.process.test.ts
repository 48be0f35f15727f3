import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

const SOURCE = 'services/product/src/domain/stock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-mutate-test-'));
});
afterEach(async () => await rm(directory, { recursive: true }));

/** TMPDIR is the test's own, so that what is left over there is seen. */
function start() {
  const env = { ...process.env, TMPDIR: directory, OUTRIDER_RUN_DIR: join(directory, 'run') };
  return spawn(process.execPath, [join(PROJECT_ROOT, 'scripts/dist/bin/mutate.js'), SOURCE, '--sample', '4'], {
    env,
    stdio: 'ignore',
  });
}

async function copies(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('outrider-mutate-'));
}

describe('scripts/mutate', () => {
  it('reports what tests notice, leaves sources and no copy behind, and goes on after an interruption', async () => {
    const source = await readFile(join(PROJECT_ROOT, SOURCE), 'utf8');
    const journal = join(directory, 'run/mutate/journal.jsonl');

    const interrupted = start();
    let written = '';
    while (!written.includes('\n') && interrupted.exitCode === null) {
      written = await readFile(journal, 'utf8').catch(() => '');
      await sleep(50);
    }
    interrupted.kill('SIGINT');
    expect(await once(interrupted, 'exit')).toEqual([130, null]);
    expect(await copies()).toEqual([]);

    const whole = start();
    await once(whole, 'exit');
    const report = JSON.parse(await readFile(join(directory, 'run/mutate/report.json'), 'utf8'));
    expect(report.results).toHaveLength(report.mutants);
    expect(report).toMatchObject({ untested: 0 });
    expect(report.killed).toBeGreaterThan(0);
    const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(report.mutants);
    expect(new Set(lines).size).toBe(report.mutants);
    expect(await copies()).toEqual([]);
    expect(await readFile(join(PROJECT_ROOT, SOURCE), 'utf8')).toBe(source);
  }, 180_000);
});
