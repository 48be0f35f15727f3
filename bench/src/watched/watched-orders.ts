import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { ordersOf, ordersPerSecond } from '../orders-round.js';
import { processCpuNs } from '../process-cpu.js';
import { Scraping } from './scraping.js';
import { SpanSink } from './span-sink.js';
import { takeTurns, VARIANTS, type Variant, type WatchedRound, type WatchedVariant } from './variants.js';
import { withSettings } from '../with-settings.js';

const PRODUCTS = 500;
const SCRAPE_EVERY_MS = 5_000;
const NS_PER_MICRO = 1_000;

export interface WatchedOrders {
  readonly orders: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Orders through whole installations, from the first POST to the last order's end: one that sends no spans, scraped or not,
 * one that sends a tenth, to an endpoint that takes them or is in trouble, and one that sends all, in turns.
 * @throws CommandError when not every order completes
 */
export async function watchedOrders(options: WatchedOrders): Promise<readonly WatchedVariant[]> {
  const { orders, rounds, screen, signal } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const sink = undo.use(await SpanSink.open());
  const installations = new Map<number, Running>();
  for (const sampled of new Set(VARIANTS.map((variant) => variant.sampled))) {
    const own = join(root, String(sampled));
    const run = await createRun(own);
    const start = { root: own, run, replicas: 1, payments: payments(''), seed: 1, screen, undo };
    installations.set(sampled, await withSettings(sink.settings(sampled), () => startInstallation(start)));
  }
  const place = async (variant: Variant, round: number | 'warm'): Promise<WatchedRound> => {
    const running = installations.get(variant.sampled);
    if (running === undefined) throw new Error(`nothing sends ${variant.sampled} of its traces`);
    screen.item(`orders, ${variant.name}, round ${round}`);
    sink.answer = variant.endpoint;
    const urls = Object.values(running.up.services).flatMap(({ metricsUrls }) => metricsUrls);
    await using _ = variant.scraped ? new Scraping(urls, SCRAPE_EVERY_MS) : new AsyncDisposableStack();
    const file = ordersOf(
      orders,
      `watched-${VARIANTS.indexOf(variant)}-${round}`,
      (order) => `SPREAD-${order % PRODUCTS}`,
    );
    const before = await cpuNs(running);
    const perSecond = await ordersPerSecond(running, file, screen, signal);
    const processMicros = ((await cpuNs(running)) - before) / NS_PER_MICRO / orders;
    return { perSecond, processMicros, postgresMicros: undefined };
  };
  for (const variant of VARIANTS.slice(0, 4)) await place(variant, 'warm');
  // awaited here: what was started is undone when this function is left
  return await takeTurns(rounds, (variant, round) => place(variant, round + 1));
}

/** CPU so far of all processes of an installation. */
async function cpuNs({ up }: Running): Promise<number> {
  const spent = await Promise.all(Object.values(up.services).flatMap(({ pids }) => pids.map(processCpuNs)));
  return spent.reduce((sum, ns) => sum + ns, 0);
}
