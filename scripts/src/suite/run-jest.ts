import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { readResults, UNREADABLE, type Results } from './results.js';

export interface RunJest {
  readonly projects: readonly string[];
  /** files whose path matches; all when empty */
  readonly patterns: readonly string[];
  readonly workers: number;
  /** jest writes its results here */
  readonly outputFile: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs jest's projects; what it tells goes to this process's own output. */
export async function runJest(work: RunJest): Promise<Results> {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(PROJECT_ROOT, 'node_modules/jest/bin/jest.js'),
      '--selectProjects',
      ...work.projects,
      '--maxWorkers',
      String(work.workers),
      '--passWithNoTests',
      '--json',
      '--outputFile',
      work.outputFile,
      '--testPathPatterns',
      ...(work.patterns.length > 0 ? work.patterns : ['.*']),
    ],
    // jest's own account goes to stderr; its JSON on stdout is the file's again
    { cwd: PROJECT_ROOT, env: work.env, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [code] = (await once(jest, 'exit')) as [number | null];
  try {
    const results = readResults(await readFile(work.outputFile, 'utf8'));
    // A run may fail beside its tests, in its global setup for example.
    return code === 0 || results.failed > 0 ? results : { ...results, failed: 1 };
  } catch (error) {
    console.error(`jest left no results (exit code ${code}): ${String(error)}`);
    return UNREADABLE;
  }
}
