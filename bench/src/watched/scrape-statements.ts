import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { payments } from '@outrider/scripts/cli/parse';
import { Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { withClient } from '@outrider/testkit';
import { Scraping } from './scraping.js';

const REPLICAS = 3;
const SCRAPE_EVERY_MS = 15_000;
const SERVICES = ['order', 'inventory', 'payment', 'product'] as const;

/** What an installation at rest asks of a database, in transactions a second. */
export interface ScrapeStatements {
  readonly database: string;
  readonly unscraped: number;
  readonly scraped: number;
}

/** Three replicas of each service and three workers with nothing to do, for so long without and with a scrape each 15 s. */
export async function scrapeStatements({
  postgresUrl,
  seconds,
  told,
}: {
  readonly postgresUrl: string;
  readonly seconds: number;
  readonly told: (text: string) => void;
}): Promise<readonly ScrapeStatements[]> {
  await using undo = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  undo.defer(() => rm(root, { recursive: true }));
  told(`an installation of ${REPLICAS} replicas at rest`);
  const { up } = await startInstallation({
    root,
    run: await createRun(root),
    replicas: REPLICAS,
    payments: payments(''),
    seed: 1,
    screen: new Screen({ write: () => undefined }),
    undo,
  });
  const names = SERVICES.map((service) => new URL(up.services[service].databaseUrl).pathname.slice(1));
  const rates = async (): Promise<number[]> => {
    const before = await transactions(postgresUrl, names);
    const since = performance.now();
    await sleep(seconds * 1_000);
    const after = await transactions(postgresUrl, names);
    return after.map((n, at) => ((n - (before[at] ?? 0)) * 1_000) / (performance.now() - since));
  };
  // what is done once after a start, such as the days' first look, is over
  await sleep(SCRAPE_EVERY_MS);
  told(`${seconds} s without a scrape`);
  const unscraped = await rates();
  told(`${seconds} s with a scrape each ${SCRAPE_EVERY_MS / 1_000} s`);
  const urls = Object.values(up.services).flatMap(({ metricsUrls }) => metricsUrls);
  await using _ = new Scraping(urls, SCRAPE_EVERY_MS);
  const scraped = await rates();
  return SERVICES.map((database, at) => ({
    database,
    unscraped: unscraped[at] ?? Number.NaN,
    scraped: scraped[at] ?? Number.NaN,
  }));
}

/** Transactions that ended so far, by database; a statement by itself is one. */
function transactions(postgresUrl: string, names: readonly string[]): Promise<number[]> {
  return withClient(postgresUrl, async (client) => {
    const { rows } = await client.query<{ datname: string; n: string }>(
      'SELECT datname, xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = ANY($1)',
      [names],
    );
    return names.map((name) => Number(rows.find(({ datname }) => datname === name)?.n));
  });
}
