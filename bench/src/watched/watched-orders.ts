import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import { payments } from '@outrider/scripts/cli/parse';
import { plural, Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import type { Running } from '@outrider/scripts/installation/describe';
import type { OrdersFile } from '@outrider/scripts/orders/load-orders';
import { DEFAULT_CONCURRENCY, runOrders } from '@outrider/scripts/orders/run-orders';
import { createRun } from '@outrider/scripts/run/run-directory';
import { DatabaseMeter } from '../meter.js';
import { processCpuNs } from '../process-cpu.js';
import { Scraping } from './scraping.js';
import { SpanSink } from './span-sink.js';
import { takeTurns, VARIANTS, type Variant, type WatchedRound, type WatchedVariant } from './variants.js';

const PRODUCTS = 20;
const SCRAPE_EVERY_MS = 5_000;
const SILENT = new Screen({ write: () => undefined });

export interface WatchedOrders {
  /** a superuser's URL of the servers that are shared */
  readonly postgresUrl: string;
  readonly orders: number;
  readonly rounds: number;
  readonly told: (text: string) => void;
  readonly signal: AbortSignal;
}

/** An installation that is watched in one way, and what measures it. */
interface Watched {
  readonly running: Running;
  readonly meters: readonly DatabaseMeter[];
}

/**
 * Orders through whole installations, from the first POST to the last order's end: one that sends no spans, scraped or not,
 * one that sends a tenth, one that sends all, on the same servers and in turns.
 *
 * @throws CommandError when not every order completes
 */
export async function watchedOrders(options: WatchedOrders): Promise<readonly WatchedVariant[]> {
  const { orders, rounds, told } = options;
  await using undo = new AsyncDisposableStack();
  const sink = undo.use(await SpanSink.open());
  const watched = new Map<number, Watched>();
  for (const sampled of new Set(VARIANTS.map((variant) => variant.sampled))) {
    told(`an installation that sends ${sampled * 100} % of its traces`);
    watched.set(sampled, await open(options, sink.settings(sampled), undo));
  }
  const run = async (variant: Variant, round: string, count: number): Promise<WatchedRound> => {
    told(`orders, ${variant.name}, round ${round}`);
    const subject = watched.get(variant.sampled);
    if (subject === undefined) throw new Error(`nothing sends ${variant.sampled} of its traces`);
    const urls = Object.values(subject.running.up.services).flatMap(({ metricsUrls }) => metricsUrls);
    await using _ = variant.scraped ? new Scraping(urls, SCRAPE_EVERY_MS) : new AsyncDisposableStack();
    return await roundOf(subject, fileOf(count, `${variant.name}-${round}`), options.signal);
  };
  for (const variant of VARIANTS) await run(variant, 'for warmth', Math.ceil(orders / 4));
  return await takeTurns(rounds, (variant, round) => run(variant, `${round + 1} of ${rounds}`, orders));
}

async function open(
  { postgresUrl }: WatchedOrders,
  settings: Readonly<Record<string, string>>,
  undo: AsyncDisposableStack,
): Promise<Watched> {
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  undo.defer(() => rm(root, { recursive: true }));
  const run = await createRun(root);
  // processes inherit this one's environment
  Object.assign(process.env, settings);
  try {
    const running = await startInstallation({
      root,
      run,
      replicas: 1,
      payments: payments(''),
      seed: 1,
      screen: SILENT,
      undo,
    });
    const { order, inventory, payment, product } = running.up.services;
    const meters: DatabaseMeter[] = [];
    for (const { databaseUrl } of [order, inventory, payment, product]) {
      const meter = await DatabaseMeter.open(postgresUrl, new URL(databaseUrl).pathname.slice(1));
      undo.defer(() => meter.close());
      meters.push(meter);
    }
    return { running, meters };
  } finally {
    for (const name of Object.keys(settings)) delete process.env[name];
  }
}

function fileOf(count: number, name: string): OrdersFile {
  const orders = Array.from({ length: count }, (_, order) => ({
    orderId: `${name}-${order}`,
    customer: `customer-${order % 50}`,
    date: '2026-01-01',
    lines: [{ sku: `WATCHED-${order % PRODUCTS}`, quantity: 1, unitPriceCents: 100 }],
  }));
  return { path: name, fingerprint: name, orders, problems: [] };
}

async function roundOf({ running, meters }: Watched, file: OrdersFile, signal: AbortSignal): Promise<WatchedRound> {
  const pids = Object.values(running.up.services).flatMap((part) => part.pids);
  const cpu = async (): Promise<number> =>
    (await Promise.all(pids.map(processCpuNs))).reduce((sum, ns) => sum + ns, 0) / 1_000;
  for (const meter of meters) await meter.start();
  const before = await cpu();
  const ran = await runOrders({
    running,
    file,
    stockPercent: 100,
    concurrency: DEFAULT_CONCURRENCY,
    screen: SILENT,
    signal,
  });
  const spent = (await cpu()) - before;
  const databases = await Promise.all(meters.map((meter) => meter.stop()));
  const completed = ran.orders.filter(({ status }) => status === 'COMPLETED');
  const count = file.orders.length;
  if (completed.length < count) {
    throw new CommandError(`Of ${plural(count, 'order')} ${completed.length} were completed.`);
  }
  const ended = Math.max(...completed.map(({ updatedAt }) => Date.parse(updatedAt)));
  const postgres = databases.map(({ cpuMicros }) => cpuMicros);
  return {
    perSecond: (count * 1_000) / (ended - ran.startedAt),
    processMicros: spent / count,
    postgresMicros: postgres.some((one) => one === undefined)
      ? undefined
      : postgres.reduce<number>((sum, one) => sum + (one ?? 0), 0) / count,
  };
}
