import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import { count, secondsSince, type Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { startInfra } from '@outrider/testkit';
import { inTurns } from '../in-turns.js';
import { thisMachine, type Machine } from '../machine.js';
import { withServers } from '../with-servers.js';
import { growthRatios, type GrowthRatios } from './growth-ratios.js';
import { GrownInstallation, type Cost, type GrowthRound } from './grown-installation.js';
import { withSettings } from '../with-settings.js';

const PAYMENTS = 'declines=5';
/** The check of the provider's ledger is not measured: the copies have no charges at the provider. */
const SETTINGS = { PAYMENT_LEDGER_EVERY_MS: '86400000' };

export interface GrowthBenchOptions {
  /** stored orders, a size each */
  readonly sizes: readonly number[];
  /** orders that are really placed before they are copied */
  readonly base: number;
  /** of each round */
  readonly orders: number;
  /** of each read in a round */
  readonly requests: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** One installation. */
export interface GrownSize {
  readonly size: number;
  /** how many there were when it began: the size or just over */
  readonly stored: number;
  readonly rounds: readonly GrowthRound[];
  /** of the rounds while a transaction in each database kept PostgreSQL from clearing away anything */
  readonly pinned: readonly GrowthRound[];
  /** of one check of all books */
  readonly check: Cost;
}

export interface GrowthBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly ratios: GrowthRatios;
  readonly sizes: readonly GrownSize[];
}

/**
 * Installations beside each other on the same durable servers, each with another number of stored orders, that get orders and
 * requests in turns.
 * @throws Error when the books of one differ
 */
export async function benchGrowth(options: GrowthBenchOptions): Promise<GrowthBenchResult> {
  const { sizes, base, orders, requests, rounds, screen, signal } = options;
  const at = new Date().toISOString();
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const infra = await startInfra({ fullJvm: true, log: (line) => screen.item(line) });
  undo.defer(() => infra.stop());
  const grown = new Map<string, { readonly installation: GrownInstallation; readonly stored: number }>();
  for (const size of sizes) {
    const own = join(root, String(size));
    await mkdir(own);
    const run = await createRun(own);
    const start = { root: own, run, replicas: 1, payments: payments(PAYMENTS), seed: 1, servers: 'url', screen, undo };
    const running = await withSettings(SETTINGS, () =>
      withServers(infra, () => startInstallation({ ...start, servers: 'url' })),
    );
    const installation = undo.use(await GrownInstallation.open(running, infra.postgresUrl, screen, signal));
    const since = performance.now();
    const stored = await installation.store(Math.min(base, size), size);
    screen.item(`${count(stored)} orders stored in ${secondsSince(since)}`);
    grown.set(String(size), { installation, stored });
  }
  const of = (size: string) => {
    const found = grown.get(size);
    if (found === undefined) throw new Error(`no installation has ${size} orders`);
    return found;
  };
  const kinds = sizes.map(String);
  for (const size of kinds) await of(size).installation.warm(orders);
  const round = (part: string) => (size: string, nth: number) => {
    screen.item(`${part}, ${size} orders stored, round ${nth}`);
    return of(size).installation.round(`${part}-${nth}`, orders, requests);
  };
  const plain = await inTurns(kinds, rounds, round('plain'));
  for (const size of kinds) await of(size).installation.pin();
  const pinned = await inTurns(kinds, rounds, round('pinned'));
  const all: GrownSize[] = [];
  for (const size of kinds) {
    const { differences, ...check } = await of(size).installation.check();
    if (differences.length > 0) {
      throw new Error(
        `The books of ${size} orders differ ${differences.length} times: ${differences.slice(0, 5).join('; ')}`,
      );
    }
    const { stored } = of(size);
    all.push({ size: Number(size), stored, rounds: plain[size] ?? [], pinned: pinned[size] ?? [], check });
  }
  return { machine: thisMachine(), at, ratios: growthRatios(all), sizes: all };
}
