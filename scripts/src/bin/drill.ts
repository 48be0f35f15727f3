import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { someOf, wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen } from '../cli/screen.js';
import { InterruptedError, orAborted, untilSignal } from '../cli/until-signal.js';
import { CAUSES, drill, settingsAt, type CauseName } from '../drill/drill.js';
import { renderDrill } from '../drill/show-drill.js';
import { findPrometheus } from '../installation/prometheus.js';
import { createRun } from '../run/run-directory.js';

interface Options {
  readonly pace: number;
  readonly only: readonly CauseName[];
}

const program = command(
  'scripts/drill',
  'Starts an installation of its own with a Prometheus, causes what alerts are there for, and shows after how long each fires and clears.',
)
  .option(
    '--pace <n>',
    'how many times faster the rules’ times pass; 1 takes more than an hour',
    wholeNumber(1, 60),
    20,
  )
  .option('--only <causes>', `comma separated: ${CAUSES.join(', ')}`, someOf(CAUSES), [...CAUSES]);

async function main({ pace, only }: Options): Promise<number> {
  const screen = new Screen(process.stderr);
  const prometheus = await findPrometheus();
  const signal = untilSignal(() => screen.heading('Stopping (once more to end at once)'));
  const root = await mkdtemp(join(tmpdir(), 'outrider-drill-'));
  // the processes of a run inherit this one's environment
  Object.assign(process.env, settingsAt(pace));
  try {
    const run = await createRun(root);
    const seen = await orAborted(drill({ root, run, prometheus, pace, only, screen, signal }), signal);
    console.log(renderDrill(seen));
    return 0;
  } catch (error) {
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

await exitWith(runCommand(program, process.argv.slice(2), main));
