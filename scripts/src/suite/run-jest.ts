import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { readResults, type FileResults } from './results.js';

export interface JestRun {
  readonly projects: readonly string[];
  /** files whose path matches; all when empty */
  readonly patterns: readonly string[];
  readonly workers: number;
  readonly env: NodeJS.ProcessEnv;
  /** where jest's configuration is; by default the project */
  readonly root?: string;
  /** only files of this folder, which need not be among those of jest's configuration */
  readonly below?: string | undefined;
  /** jest's report is not printed */
  readonly quiet?: boolean;
}

export interface JestResults {
  readonly files: readonly FileResults[];
  /** the run failed, and no file says so: in its global setup, for example, or it left no results */
  readonly failedOutside: boolean;
}

/** Runs jest's projects; its output goes to this process's stderr. */
export async function runJest(run: JestRun): Promise<JestResults> {
  const directory = await mkdtemp(join(tmpdir(), 'outrider-jest-'));
  const outputFile = join(directory, 'results.json');
  try {
    const jest = spawn(process.execPath, ['--experimental-vm-modules', ...jestArguments(run, outputFile)], {
      cwd: run.root ?? PROJECT_ROOT,
      env: run.env,
      // jest's own report goes to stderr; its JSON on stdout is the file's again
      stdio: ['ignore', 'ignore', run.quiet === true ? 'ignore' : 'inherit'],
    });
    const [code] = (await once(jest, 'exit')) as [number | null];
    const files = readResults(await readFile(outputFile, 'utf8'));
    return { files, failedOutside: code !== 0 && files.every(({ failed }) => failed === 0) };
  } catch (error) {
    console.error(`jest left no results: ${String(error)}`);
    return { files: [], failedOutside: true };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The pattern that only this file matches. */
export function patternOf(file: string): string {
  return `^${file.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)}$`;
}

function jestArguments({ projects, patterns, workers, below }: JestRun, outputFile: string): readonly string[] {
  return [
    '--disable-warning=ExperimentalWarning',
    join(PROJECT_ROOT, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    ...projects,
    '--maxWorkers',
    String(workers),
    ...(below === undefined ? [] : ['--roots', below]),
    '--passWithNoTests',
    '--json',
    '--outputFile',
    outputFile,
    '--testPathPatterns',
    ...(patterns.length > 0 ? patterns : ['.*']),
  ];
}
