import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startInfra } from '@outrider/testkit';
import { wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen, secondsSince } from '../cli/screen.js';
import { Journal } from '../mutate/journal.js';
import { mutantsOf, type Result } from '../mutate/mutant.js';
import { count, textReport } from '../mutate/report.js';
import { findSources, type SourceFile } from '../mutate/source-files.js';
import { copyTree } from '../mutate/tree-copy.js';
import { MutantTrial } from '../mutate/try-mutants.js';
import { InterruptedError, untilSignal } from '../cli/until-signal.js';
import { PROJECT_ROOT } from '../run/project.js';
import { runRoot } from '../run/run-directory.js';

interface Options {
  readonly sample: number;
  readonly seed: number;
  readonly integration?: true;
  readonly limit?: number;
  readonly forget?: true;
}

const program = command(
  'scripts/mutate',
  'Changes the code by one small edit at a time, on a copy, and lists those edits that no test of its package notices.',
)
  .argument('<paths...>', 'source files or folders, e.g. services/inventory/src/domain')
  .option('--sample <n>', 'the most edits of each file', wholeNumber(1, 100_000), 100_000)
  .option('--seed <n>', 'decides which are taken', wholeNumber(0, 2 ** 31), 1)
  .option('--integration', 'run integration tests too; of files under statements/ they are run in any case')
  .option(
    '--limit <seconds>',
    'longest time of one test file; else by what it takes without a change',
    wholeNumber(1, 3_600),
  )
  .option('--forget', 'begin from the beginning, without what an earlier run found')
  .addHelpText(
    'after',
    '\nResults go to .run/mutate: journal.jsonl (a run goes on where it was interrupted), report.json and report.txt.' +
      '\nExit code 1 when an edit survived.',
  );

async function mutate(options: Options, paths: readonly string[]): Promise<number> {
  const screen = new Screen(process.stdout);
  const sources = await findSources(PROJECT_ROOT, paths);
  const directory = join(runRoot(), 'mutate');
  const results: Result[] = [];
  const undo = new AsyncDisposableStack();
  try {
    const signal = untilSignal();
    if (sources.some((file) => isIntegrated(file, options))) await startServers(undo);
    const trial = undo.use(
      new MutantTrial({
        copy: undo.use(await copyTree(PROJECT_ROOT)),
        journal: await Journal.open(join(directory, 'journal.jsonl'), options.forget === true),
        limitMs: options.limit === undefined ? undefined : options.limit * 1000,
        signal,
        onResult: (result) => {
          results.push(result);
          screen.progress(`${results.length} tried, ${count(results).survived} survived, at ${result.path}`);
        },
      }),
    );
    for (const file of sources) {
      const mutants = mutantsOf(file, options.sample, options.seed);
      const since = performance.now();
      const { survived } = count(await trial.run(file, mutants, isIntegrated(file, options)));
      screen.line(`${file.path}: ${mutants.length} mutants, ${survived} survived, ${secondsSince(since)}`);
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    screen.line('Interrupted; the same command goes on from here.');
    return error.exitCode;
  } finally {
    await undo.disposeAsync();
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'report.json'), `${JSON.stringify({ ...count(results), results }, null, 2)}\n`);
    await writeFile(join(directory, 'report.txt'), `${textReport(results)}\n`);
  }
  screen.line('');
  screen.line(textReport(results));
  return count(results).survived > 0 ? 1 : 0;
}

function isIntegrated({ path }: SourceFile, { integration }: Options): boolean {
  return integration === true || path.includes('/statements/');
}

/** Servers that all integration tests use, unless the environment names some. */
async function startServers(undo: AsyncDisposableStack): Promise<void> {
  const infra = await startInfra({ durable: false, log: (line) => console.error(`  ${line}`) });
  undo.defer(async () => await infra.stop());
  process.env['INFRA'] = 'url';
  process.env['POSTGRES_URL'] = infra.postgresUrl;
  process.env['KAFKA_BROKERS'] = infra.brokers.join(',');
  process.env['REDIS_URL'] = infra.redisUrl;
}

await exitWith(runCommand(program, process.argv.slice(2), mutate));
