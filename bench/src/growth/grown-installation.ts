import { setTimeout as sleep } from 'node:timers/promises';
import { HttpExchange } from '@outrider/common';
import { postgresAt } from '@outrider/connections';
import { closeDatabases, openDatabases, Reconciler, checkSpan, type Databases } from '@outrider/reconciler/check';
import type { Running } from '@outrider/scripts/installation/describe';
import { refundOrders } from '@outrider/scripts/orders/refund-orders';
import { DEFAULT_CONCURRENCY, runOrders } from '@outrider/scripts/orders/run-orders';
import type { Screen } from '@outrider/scripts/cli/screen';
import pg from 'pg';
import { DatabaseMeter } from '../meter.js';
import { toAnyEnd, measuredRound, ordersOf, type OrdersRound } from '../orders-round.js';
import { processCpuNs } from '../process-cpu.js';
import { median } from '../statistics.js';
import { READS, readRequests, type Read, type ReadRequest } from './reads.js';
import { isQuiet, rowsOf, storeOrders } from './store-orders.js';

export const DATABASES = ['order', 'inventory', 'payment', 'product'] as const;
type Database = (typeof DATABASES)[number];

const PRODUCTS = 200;
const REFUNDED_SHARE = 0.05;
const QUIET_EVERY_MS = 100;
const QUIET_WITHIN_MS = 120_000;
const TIMEOUT_MS = 60_000;
const LARGEST_ANSWER = 10_000_000;
const NS_PER_MS = 1_000_000;
const MICROS_PER_MS = 1_000;
const MAX_AGE_MS = 3_600_000;
/** As the process has them by default, but for the grace: what is checked here has come to rest. */
const RECONCILER = {
  graceMs: 0,
  openMs: 3_600_000,
  recentMs: 3_600_000,
  sweepRows: 5_000,
  ledgerMs: 86_400_000,
} as const;

/** ms of time, and ms of CPU: of the processes that work and of the backends of their databases, where they can be seen */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface GrowthRound {
  readonly orders: OrdersRound;
  /** of the backends of its four databases, autovacuum's too, in ms an order */
  readonly postgresMs: number;
  /** of a request */
  readonly reads: Readonly<Record<Read, Cost>>;
  /** of a round of the reconciler */
  readonly reconciler: Cost;
  /** how often autovacuum came by in the round, and for how long in all, in ms */
  readonly autovacuums: number;
  readonly autovacuumMs: number;
}

/** A whole installation, with a year's orders in its databases. */
export class GrownInstallation implements AsyncDisposable {
  readonly #exchanges = new Map<string, HttpExchange>();
  readonly #pins: pg.Client[] = [];
  #requests: Readonly<Record<Read, readonly ReadRequest[]>> | undefined;

  private constructor(
    private readonly running: Running,
    private readonly adminUrl: string,
    private readonly meters: Readonly<Record<Database, DatabaseMeter>>,
    private readonly books: Databases,
    private readonly reconciler: Reconciler,
    private readonly screen: Screen,
    private readonly signal: AbortSignal,
  ) {}

  static async open(
    running: Running,
    adminUrl: string,
    screen: Screen,
    signal: AbortSignal,
  ): Promise<GrownInstallation> {
    const { services } = running.up;
    const meters = await Promise.all(
      DATABASES.map(async (name) => {
        const database = new URL(services[name].databaseUrl).pathname.slice(1);
        return [name, await DatabaseMeter.open(adminUrl, database)] as const;
      }),
    );
    const servers = Object.fromEntries(DATABASES.map((name) => [name, postgresAt(services[name].databaseUrl)]));
    const books = openDatabases(servers as Parameters<typeof openDatabases>[0], MAX_AGE_MS);
    return new GrownInstallation(
      running,
      adminUrl,
      Object.fromEntries(meters) as Record<Database, DatabaseMeter>,
      books,
      new Reconciler(books, RECONCILER),
      screen,
      signal,
    );
  }

  /**
   * Places `base` orders, waits for their ends, and copies them until there are `stored`.
   * @returns how many there are
   */
  async store(base: number, stored: number): Promise<number> {
    const { running, screen, signal } = this;
    const file = ordersOf(base, `stored-${stored}`, skuOf);
    const run = { running, file, stockPercent: 100, concurrency: DEFAULT_CONCURRENCY, screen, signal };
    const { orders } = await runOrders(run);
    const sold = orders.filter(({ status }) => status === 'COMPLETED');
    const { url } = running.up.services.order;
    // every third of those that are given to it
    const refunded = sold.slice(0, Math.ceil(3 * REFUNDED_SHARE * sold.length));
    const token = running.up.tokens.admin;
    await refundOrders({ orderUrl: url, token, orders: refunded, restock: true, signal });
    await this.#untilQuiet();
    const all = await storeOrders(running.up, this.adminUrl, stored, (text) => screen.progress(text));
    this.#requests = await readRequests(running);
    return all;
  }

  /** A transaction in each database that keeps PostgreSQL from clearing away anything from now on. */
  async pin(): Promise<void> {
    for (const name of DATABASES) {
      const client = new pg.Client({ connectionString: this.running.up.services[name].databaseUrl });
      await client.connect();
      this.#pins.push(client);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await client.query('SELECT count(*) FROM outbox_lease');
    }
  }

  /** Orders through it, not measured. */
  async warm(orders: number): Promise<void> {
    await toAnyEnd(this.running, ordersOf(orders, `warm-${orders}`, skuOf), this.screen, this.signal);
    for (const read of READS) await this.#read(read, 2);
    await this.reconciler.round();
  }

  /** @param name of the round, another one for each */
  async round(name: string, orders: number, requests: number): Promise<GrowthRound> {
    const vacuums = await this.#autovacuums();
    for (const database of DATABASES) await this.meters[database].start();
    const file = ordersOf(orders, name, skuOf);
    const carried = await measuredRound(this.running, file, this.screen, this.signal, toAnyEnd);
    await this.#untilQuiet();
    const spent = await Promise.all(DATABASES.map((database) => this.meters[database].stop()));
    const postgresMicros = spent.reduce((sum, { cpuMicros = 0 }) => sum + cpuMicros, 0);
    const reads: [Read, Cost][] = [];
    for (const read of READS) reads.push([read, await this.#read(read, requests)]);
    const reconciler = await this.#reconcile(async () => void (await this.reconciler.round()));
    const after = await this.#autovacuums();
    return {
      orders: carried,
      postgresMs: postgresMicros / MICROS_PER_MS / orders,
      reads: Object.fromEntries(reads) as Record<Read, Cost>,
      reconciler,
      autovacuums: after.times - vacuums.times,
      autovacuumMs: after.ms - vacuums.ms,
    };
  }

  /** All of the books, as a person has them checked. @returns what it costs, and how many differences there are */
  async check(): Promise<Cost & { readonly differences: readonly string[] }> {
    await this.#untilQuiet();
    const differences: string[] = [];
    const all = { after: '00000000-0000-0000-0000-000000000000', before: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
    const cost = await this.#reconcile(() =>
      checkSpan(this.books, RECONCILER, all, (found) => {
        differences.push(...found.map(({ kind, expected, seen }) => `${kind}: ${expected}, seen ${seen}`));
      }),
    );
    return { ...cost, differences };
  }

  /** Its checks run in this process, which does nothing else meanwhile. */
  async #reconcile(work: () => Promise<void>): Promise<Cost> {
    for (const database of DATABASES) await this.meters[database].start();
    const [before, since] = [process.cpuUsage(), performance.now()];
    await work();
    const ms = performance.now() - since;
    const { user, system } = process.cpuUsage(before);
    const spent = await Promise.all(DATABASES.map((database) => this.meters[database].stop()));
    const micros = spent.reduce((sum, { cpuMicros = 0 }) => sum + cpuMicros, user + system);
    return { ms, cpuMs: micros / MICROS_PER_MS };
  }

  /** @returns the median of the times, and the mean of the CPU, of one request */
  async #read(read: Read, requests: number): Promise<Cost> {
    const all = this.#requests?.[read] ?? [];
    const [first] = all;
    if (first === undefined) throw new Error(`there is nothing to read: ${read}`);
    const { pids } = this.running.up.services[first.service];
    const meter = this.meters[first.service];
    const cpu = async (): Promise<number> =>
      (await Promise.all(pids.map(processCpuNs))).reduce((sum, ns) => sum + ns, 0) / NS_PER_MS;
    const times: number[] = [];
    await meter.start();
    const before = await cpu();
    for (let n = 0; n < requests; n += 1) {
      const request = all[n % all.length] ?? first;
      const since = performance.now();
      await this.#send(request);
      times.push(performance.now() - since);
    }
    const nodeMs = (await cpu()) - before;
    const { cpuMicros = 0 } = await meter.stop();
    return { ms: median(times), cpuMs: (nodeMs + cpuMicros / MICROS_PER_MS) / requests };
  }

  async #send({ url, token }: ReadRequest): Promise<void> {
    const { origin, pathname, search } = new URL(url);
    const exchange = this.#exchanges.get(origin) ?? new HttpExchange(origin, TIMEOUT_MS, LARGEST_ANSWER);
    this.#exchanges.set(origin, exchange);
    const headers = { authorization: `Bearer ${token}` };
    const { status, text } = await exchange.send('GET', pathname + search, headers, undefined, this.signal);
    if (status !== 200) throw new Error(`GET ${url}: ${status} ${text}`);
  }

  async #untilQuiet(): Promise<void> {
    const until = performance.now() + QUIET_WITHIN_MS;
    while (!(await isQuiet(this.running.up))) {
      if (performance.now() > until) throw new Error('orders or events were still under way after two minutes');
      await sleep(QUIET_EVERY_MS, undefined, { signal: this.signal });
    }
  }

  async #autovacuums(): Promise<{ readonly times: number; readonly ms: number }> {
    let [times, ms] = [0, 0];
    for (const name of DATABASES) {
      const [row] = await rowsOf<{ times: number; ms: number }>(
        this.running.up.services[name].databaseUrl,
        `SELECT sum(autovacuum_count + autoanalyze_count)::float8 AS times,
           sum(total_autovacuum_time + total_autoanalyze_time)::float8 AS ms FROM pg_stat_user_tables`,
      );
      times += row?.times ?? 0;
      ms += row?.ms ?? 0;
    }
    return { times, ms };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pins.map((client) => client.end()));
    await Promise.all(DATABASES.map((name) => this.meters[name].close()));
    await closeDatabases(this.books);
  }
}

const skuOf = (order: number): string => `GROWTH-${order % PRODUCTS}`;
