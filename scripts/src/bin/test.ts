import { availableParallelism } from 'node:os';
import { startInfra } from '@outrider/testkit';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { secondsSince } from '../cli/screen.js';
import { PROJECT_ROOT } from '../run/project.js';
import { buildShop } from '../shop/build-shop.js';
import { readShop } from '../shop/read-shop.js';
import { addResults, FAILED_RUN, type FileResults, type Results } from '../suite/results.js';
import { runFailedAgain } from '../suite/run-again.js';
import { patternOf, runJest, type JestResults } from '../suite/run-jest.js';
import { asFailures, closingLine, exitCodeOf, skipLine, unexcused } from '../suite/summary.js';

/** What a CI says that it has set up: tests that need it may not be skipped there. Comma separated, e.g. `Docker`. */
const PROVIDED = 'CI_PROVIDES';

/** How often jest tries a failed test again, and whether a failed file is run once more; unset: a failure is a failure. */
const RETRIES = 'OUTRIDER_TEST_RETRIES';

/** jest's own workers beside the servers: more than this gains nothing. */
const MOST_WORKERS = 4;

/** Projects that run beside each other. All wait a good part of their time; process tests start a whole system each. */
const SUITES = [
  { projects: ['unit', 'integration'], workers: Math.min(availableParallelism(), MOST_WORKERS) },
  { projects: ['process'], workers: 2 },
] as const;

const program = command(
  'scripts/test',
  'Runs all tests on real servers that are started once: unit and integration, and beside them whole processes, two files at a time.',
)
  .argument('[patterns...]', 'only test files whose path matches')
  .option(
    '--shop <dir>',
    'the tests of a shop of your own (docs/extending.md), which is compiled before, and no others',
  );

interface Options {
  readonly shop?: string;
}

async function test(options: Options, patterns: readonly string[]): Promise<number> {
  const shop = options.shop === undefined ? undefined : await readShop(options.shop);
  if (shop !== undefined) await buildShop(shop);
  const since = performance.now();
  console.error('Servers');
  const infra = await startInfra({ durable: false, log: (line) => console.error(`  ${line}`) });
  try {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      // every run of jest, and every installation that a process test starts, uses these servers
      INFRA: 'url',
      POSTGRES_URL: infra.postgresUrl,
      KAFKA_BROKERS: infra.brokers.join(','),
      REDIS_URL: infra.redisUrl,
    };
    console.error('\nTests');
    const runs = await Promise.all(SUITES.map((suite) => runJest({ ...suite, patterns, env, below: shop?.directory })));
    const results = await finalResults(runs, env, shop?.directory);
    if (shop !== undefined && results.passed + results.failed + results.skips.length === 0) {
      console.error(`${shop.name} has no such tests: files below ${shop.directory} that end in .test.ts.`);
    }
    return close(results, since);
  } finally {
    await infra.stop();
  }
}

/** What counts in the end: where the environment asks for it, failed files have had their second try. */
async function finalResults(
  runs: readonly JestResults[],
  env: NodeJS.ProcessEnv,
  below: string | undefined,
): Promise<Results> {
  const failedRuns = runs.filter(({ failedOutside }) => failedOutside).map(() => FAILED_RUN);
  const files = runs.flatMap((run) => run.files);
  const counted = Number(env[RETRIES] ?? 0) > 0 ? await runAgain(files, env, below) : files;
  return addResults([...counted, ...failedRuns]);
}

async function runAgain(
  files: readonly FileResults[],
  env: NodeJS.ProcessEnv,
  below: string | undefined,
): Promise<readonly FileResults[]> {
  const projects = SUITES.flatMap((suite) => suite.projects);
  return runFailedAgain(
    files,
    async (file) => {
      const again = await runJest({ projects, patterns: [patternOf(file)], workers: 1, env, below });
      return again.files.find((one) => one.file === file);
    },
    (line) => console.error(line.replace(PROJECT_ROOT, '')),
  );
}

function close(ran: Results, since: number): number {
  const { CI: ci, [PROVIDED]: provided = '' } = process.env;
  const wrong = ci === 'true' ? unexcused(ran.skips, provided.split(',')) : [];
  const results = asFailures(ran, wrong);
  console.error(`\nTook ${secondsSince(since)}.`);
  const skipped = skipLine(results.skips);
  if (skipped !== undefined) console.error(skipped);
  if (wrong.length > 0)
    console.error(`Skipped although CI_PROVIDES names what they need: ${wrong.map(({ test }) => test).join('; ')}.`);
  // on stdout and last, for those who read only the end
  console.log(closingLine(results));
  return exitCodeOf(results);
}

await exitWith(runCommand(program, process.argv.slice(2), test));
