import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInfra } from '@outrider/testkit';
import { command, runCommand } from '../cli/run-command.js';
import { secondsSince } from '../cli/screen.js';
import { addResults, type Results } from '../suite/results.js';
import { runJest } from '../suite/run-jest.js';
import { asFailures, closingLine, exitCodeOf, skipLine, unexcused } from '../suite/summary.js';

/** What a CI says that it has set up: tests that need it may not be skipped there. Comma separated, e.g. `Docker`. */
const PROVIDED = 'CI_PROVIDES';

/** jest's own workers beside the servers: more than this gains nothing. */
const MOST_WORKERS = 4;

const program = command(
  'scripts/test',
  'Runs all tests: unit, integration and, one at a time, whole processes; on real servers that are started once.',
).argument('[patterns...]', 'only test files whose path matches');

async function test(_options: object, patterns: readonly string[]): Promise<number> {
  const since = performance.now();
  console.error('Servers');
  const infra = await startInfra({ durable: false, log: (line) => console.error(`  ${line}`) });
  const directory = await mkdtemp(join(tmpdir(), 'outrider-test-'));
  try {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      // every run of jest, and every installation that a process test starts, uses these servers
      INFRA: 'url',
      POSTGRES_URL: infra.postgresUrl,
      KAFKA_BROKERS: infra.brokers.join(','),
      REDIS_URL: infra.redisUrl,
    };
    const run = (name: string, projects: readonly string[], workers: number): Promise<Results> => {
      console.error(`\n${name}`);
      return runJest({ projects, patterns, workers, env, outputFile: join(directory, `${projects.join('-')}.json`) });
    };
    const workers = Math.min(availableParallelism(), MOST_WORKERS);
    const results = addResults([
      await run('Unit and integration tests', ['unit', 'integration'], workers),
      await run('Process tests', ['process'], 1),
    ]);
    return close(results, since);
  } finally {
    await rm(directory, { recursive: true });
    await infra.stop();
  }
}

function close(ran: Results, since: number): number {
  const { CI: ci, [PROVIDED]: provided = '' } = process.env;
  const wrong = ci === 'true' ? unexcused(ran.skips, provided.split(',')) : [];
  const results = asFailures(ran, wrong);
  console.error(`\nTook ${secondsSince(since)}.`);
  const skipped = skipLine(results.skips);
  if (skipped !== undefined) console.error(skipped);
  if (wrong.length > 0) console.error(`Skipped without an excuse: ${wrong.map(({ test }) => test).join('; ')}.`);
  // on stdout and last, so that whoever reads only the end of it knows
  console.log(closingLine(results));
  return exitCodeOf(results);
}

process.exit(await runCommand(program, process.argv.slice(2), test));
