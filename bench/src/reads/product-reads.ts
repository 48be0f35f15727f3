import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Product } from '@outrider/contracts';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import { CommandError } from '@outrider/scripts/cli/errors';
import { CONTAINER_HEAP } from '@outrider/scripts/installation/programs';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { stockProducts } from '@outrider/scripts/orders/stock-products';
import { createRun } from '@outrider/scripts/run/run-directory';
import { freePort, Keeper } from '@outrider/testkit';
import { Redis } from 'ioredis';
import { inTurns } from '../in-turns.js';
import { processCpuNs } from '../process-cpu.js';
import { loadHttp } from './http-load.js';
import type { RawProductSettings } from './raw-product-main.js';

const PRODUCTS = 500;
const CONNECTIONS = 32;
const RAW = fileURLToPath(new URL('raw-product-main.js', import.meta.url));
const READERS = ['ours', 'raw'] as const;
export type Reader = (typeof READERS)[number];

export interface ReadsRound {
  readonly readsPerSecond: number;
  /** CPU of the server's process, µs a read */
  readonly processMicros: number;
}

export interface ProductReads {
  /** of each round */
  readonly reads: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Reads of products, one at a time over 32 connections, from the product service and from Fastify with ioredis, in turns.
 * @throws CommandError when the two do not answer alike
 */
export async function productReads({
  reads,
  rounds,
  screen,
  signal,
}: ProductReads): Promise<Record<Reader, ReadsRound[]>> {
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const run = await createRun(root);
  const running = await startInstallation({ root, run, replicas: 1, payments: payments(''), seed: 1, screen, undo });
  const { product, inventory } = running.up.services;
  const ids = [
    ...(
      await stockProducts({
        productUrl: product.url,
        inventoryUrl: inventory.url,
        token: running.up.tokens.admin,
        needs: Array.from({ length: PRODUCTS }, (_, n) => ({
          sku: `READ-${n}`,
          cents: 100 + n,
          asked: 1,
          stock: 1 + n,
        })),
        name: run.id,
        concurrency: 16,
        signal,
        progress: () => undefined,
      })
    ).values(),
  ];
  const keeper = await Keeper.start();
  undo.defer(() => keeper.end());
  const raw = {
    port: await freePort(),
    redisUrl: running.up.redis.url,
    factsPrefix: `${running.up.redis.prefix}raw:facts:`,
    stockPrefix: `${running.up.redis.prefix}raw:stock:`,
  } satisfies RawProductSettings;
  await fill(raw, product.url, ids);
  const rawProcess = await keeper.spawn({
    command: process.execPath,
    args: [...CONTAINER_HEAP, RAW, JSON.stringify(raw)],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    cwd: run.directory,
    logFile: join(run.logs, 'raw.log'),
    stopSignal: 'SIGTERM',
  });
  const servers = {
    ours: { port: Number(new URL(product.url).port), pid: product.pids[0] ?? 0 },
    raw: { port: raw.port, pid: rawProcess.pid },
  };
  await mustBeAlike(servers, ids);
  const read = async (reader: Reader, round: number | 'warm'): Promise<ReadsRound> => {
    screen.item(`reads, ${reader}, round ${round}`);
    const { port, pid } = servers[reader];
    const pathOf = (request: number): string => `/products/${ids[request % ids.length]}`;
    const before = await processCpuNs(pid);
    const { perSecond } = await loadHttp({ port, pathOf, connections: CONNECTIONS, requests: reads });
    return { readsPerSecond: perSecond, processMicros: ((await processCpuNs(pid)) - before) / 1_000 / reads };
  };
  for (const reader of READERS) await read(reader, 'warm');
  return await inTurns(READERS, rounds, read);
}

/** What the service shows now is what the other one is given. */
async function fill(
  { redisUrl, factsPrefix, stockPrefix }: RawProductSettings,
  url: string,
  ids: readonly string[],
): Promise<void> {
  const redis = new Redis(redisUrl);
  for (const id of ids) {
    const shown = (await (await fetch(`${url}/products/${id}`)).json()) as Product;
    const { stock, stockAsOf, ...facts } = shown;
    await redis.set(factsPrefix + id, JSON.stringify(facts));
    await redis.set(stockPrefix + id, `1 ${stock} ${Date.parse(stockAsOf ?? '')}`);
  }
  redis.disconnect();
}

async function mustBeAlike(
  servers: Readonly<Record<Reader, { readonly port: number }>>,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids.slice(0, 20)) {
    const [ours, raw] = [await shownBy(servers.ours.port, id), await shownBy(servers.raw.port, id)];
    if (ours !== raw) throw new CommandError(`The two answer differently:\n${ours}\n${raw}`);
  }
}

const TRIES = 100;

async function shownBy(port: number, id: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/products/${id}`);
      const { headers } = response;
      return `${response.status} ${headers.get('etag')} ${headers.get('content-type')}\n${await response.text()}`;
    } catch (error) {
      // it is only just starting
      if (tries === TRIES) throw error;
      await sleep(100);
    }
  }
}
