import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import type { Screen } from '@outrider/scripts/cli/screen';
import { startInfra, withClient, type Infra } from '@outrider/testkit';
import { thisMachine, type Machine } from '../machine.js';
import { machineCpuMs } from '../machine-cpu.js';
import { processCpuNs } from '../process-cpu.js';
import { ratiosOf, type Ratios } from '../ratios/ratios.js';
import { percentile } from '../statistics.js';
import { openMedusaShop } from './medusa-shop.js';
import { openOurShop } from './our-shop.js';
import type { Shop } from './shop.js';
import { openVendureShop } from './vendure-shop.js';

export const PEER_SHOPS = { medusa: openMedusaShop, vendure: openVendureShop } as const;
export type PeerShop = keyof typeof PEER_SHOPS;

const BUYERS_OF_THE_LAST = 50;
const WARM_SHARE = 0.5;

/** What so many customers, each buying one piece after the other, took. CPU in ms an order. */
export interface Buying {
  readonly customers: number;
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** of one purchase, from the first request to the paid order */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** of its own processes */
  readonly processMs: number;
  /** of everything on this machine; undefined where it cannot be seen */
  readonly machineMs: number | undefined;
  /** of its own processes together, at the end */
  readonly residentMiB: number;
  /** that PostgreSQL wrote, an order */
  readonly walBytes: number;
  /** purchases that failed, by reason */
  readonly failures: Readonly<Record<string, number>>;
}

export interface ShopResult {
  readonly shop: string;
  readonly buying: readonly Buying[];
  /** of the last 10 pieces, how many of 50 customers at once were sold one */
  readonly lastSold: number;
}

export interface ShopsBenchOptions {
  readonly peer: PeerShop;
  readonly customers: readonly number[];
  /** of each measurement */
  readonly seconds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface ShopsBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly ratios: Ratios;
  readonly measured: { readonly shops: readonly ShopResult[] };
}

/** Our shop and another one on the same servers, in turns. */
export async function benchShops(options: ShopsBenchOptions): Promise<ShopsBenchResult> {
  const { peer, customers, seconds, screen, signal } = options;
  const at = new Date().toISOString();
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true, force: true }));
  const infra = await startInfra({ fullJvm: true, log: (line) => screen.item(line) });
  undo.defer(() => infra.stop());
  const told = (text: string): void => screen.item(text);
  const theirs = await PEER_SHOPS[peer]({ infra, root, told, undo });
  const shops = [theirs, await openOurShop({ infra, root, screen, signal, undo })];
  for (const shop of shops) await buying(infra, shop, Math.max(...customers.slice(0, 2)), seconds * WARM_SHARE);
  const results = new Map<string, Buying[]>(shops.map(({ name }) => [name, []]));
  for (const count of customers) {
    for (const shop of shops) {
      signal.throwIfAborted();
      told(`${shop.name}, ${count} customers`);
      results.get(shop.name)?.push(await buying(infra, shop, count, seconds));
    }
  }
  const measured: ShopResult[] = [];
  for (const shop of shops) {
    told(`${shop.name}, ${BUYERS_OF_THE_LAST} customers for the last pieces`);
    const ends = await Promise.all(Array.from({ length: BUYERS_OF_THE_LAST }, () => endOf(shop, shop.lastProduct)));
    const lastSold = ends.filter(({ sold }) => sold).length;
    measured.push({ shop: shop.name, buying: results.get(shop.name) ?? [], lastSold });
  }
  return { machine: thisMachine(), at, ratios: ratiosOf({ shops: measured }), measured: { shops: measured } };
}

async function endOf(shop: Shop, product: string): ReturnType<Shop['buy']> {
  try {
    return await shop.buy(product);
  } catch (error) {
    return { sold: false, why: String(error).slice(0, 200) };
  }
}

/** @throws CommandError when nothing was sold */
async function buying(infra: Infra, shop: Shop, customers: number, seconds: number): Promise<Buying> {
  const took: number[] = [];
  const failures: Record<string, number> = {};
  const before = [await machineCpuMs(), await cpuMs(shop), await walOf(infra)] as const;
  const since = performance.now();
  let next = 0;
  const customer = async (): Promise<void> => {
    while (performance.now() - since < seconds * 1_000) {
      const began = performance.now();
      const { sold, why = 'unknown' } = await endOf(shop, shop.products[next++ % shop.products.length] ?? '');
      if (sold) took.push(performance.now() - began);
      else failures[why] = (failures[why] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: customers }, customer));
  const ms = performance.now() - since;
  if (took.length === 0) throw new CommandError(`${shop.name} sold nothing: ${JSON.stringify(failures)}`);
  const after = [await machineCpuMs(), await cpuMs(shop), await walOf(infra)] as const;
  const resident = await Promise.all(shop.pids.map(residentMiB));
  return {
    customers,
    orders: took.length,
    ordersPerSecond: (took.length * 1_000) / ms,
    p50Ms: percentile(took, 50),
    p99Ms: percentile(took, 99),
    processMs: (after[1] - before[1]) / took.length,
    machineMs: after[0] === undefined || before[0] === undefined ? undefined : (after[0] - before[0]) / took.length,
    residentMiB: resident.reduce((sum, mib) => sum + mib, 0),
    walBytes: (after[2] - before[2]) / took.length,
    failures,
  };
}

async function cpuMs({ pids }: Shop): Promise<number> {
  return (await Promise.all(pids.map(processCpuNs))).reduce((sum, ns) => sum + ns, 0) / 1_000_000;
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)?.[1] ?? 0) / 1_024;
}

async function walOf({ postgresUrl }: Infra): Promise<number> {
  return withClient(postgresUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes`,
    );
    return Number(rows[0]?.bytes ?? 0);
  });
}
