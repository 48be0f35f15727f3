import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';

export interface FuzzOptions {
  readonly fuzzer: string;
  /** the service's; only its /openapi.json is read */
  readonly url: string;
  /** the fuzzer's own settings: a path from the project's root */
  readonly config: string;
  /** `Name: value` */
  readonly header: string | undefined;
  /** the most cases of an operation and phase */
  readonly examples: number;
  readonly seed: number;
}

export interface FuzzResult {
  readonly ok: boolean;
  /** what the fuzzer says at its end */
  readonly summary: string;
  readonly output: string;
}

/** Python that schemathesis loads at its start. */
const HOOKS = join(PROJECT_ROOT, 'scripts/src/fuzz/hooks.py');

/** After this a run counts as a finding: it is bounded by examples, so it hangs. */
const LONGEST_MS = 180_000;

/** Runs all phases with all checks against one service, as one caller. */
export async function runFuzzer({ fuzzer, url, config, header, examples, seed }: FuzzOptions): Promise<FuzzResult> {
  // what the fuzzer keeps for itself goes into the folder that it is started in
  const child = spawn(
    fuzzer,
    [
      '--config-file',
      join(PROJECT_ROOT, config),
      'run',
      `${url}/openapi.json`,
      '--checks=all',
      '--phases=examples,coverage,fuzzing,stateful',
      `--max-examples=${examples}`,
      `--seed=${seed}`,
      '--continue-on-failure',
      // how fast examples are made depends on what else the machine does
      '--suppress-health-check=too_slow',
      '--no-color',
      ...(header === undefined ? [] : ['--header', header]),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
      cwd: join(PROJECT_ROOT, '.cache'),
      // no compiled copy of the hooks among the sources
      env: { ...process.env, SCHEMATHESIS_HOOKS: HOOKS, PYTHONDONTWRITEBYTECODE: '1' },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const summary = /^\s*(\d+ generated, .*)$/mu.exec(output)?.[1] ?? `ended with ${String(code)} and said nothing`;
  return { ok: code === 0, summary, output };
}
