import { newId } from '@outrider/contracts';
import pg from 'pg';
import { plural } from '@outrider/scripts/cli/screen';
import { CommandError } from '@outrider/scripts/cli/errors';
import { DatabaseMeter } from '../meter.js';
import { processCpuNs } from '../process-cpu.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { Commander, commandsOf, messageOf } from './commands.js';
import { startInventory, type Inventory } from './inventory-processes.js';
import { inTurns } from '../in-turns.js';
import { hotResult, SHAPES, SPREAD_PRODUCTS, type HotResult, type Round, type Shape } from './shapes.js';

const ANSWERS_AN_ORDER = 2;
const STOCK = 10_000_000;

export interface ThroughInventory {
  readonly replicas: number;
  readonly orders: number;
  readonly rounds: number;
  readonly told: (text: string) => void;
}

/**
 * Orders through inventory alone: from the first command in Kafka to the last answer in its outbox.
 * @throws CommandError when it does not come to an end, or the stock is not what was sold
 */
export async function throughInventory(environment: BenchEnvironment, options: ThroughInventory): Promise<HotResult> {
  const { replicas, orders, rounds, told } = options;
  const through = plural(replicas, 'inventory process').replace('processs', 'processes');
  told(`${through}: starting`);
  const inventory = await startInventory(environment, replicas);
  const database = new pg.Client({ connectionString: inventory.database.url });
  await database.connect();
  const meter = await DatabaseMeter.open(environment.infra.postgresUrl, inventory.database.name);
  await using commander = await Commander.connect(environment.infra.brokers, inventory.topicPrefix);
  try {
    const products = Array.from({ length: SPREAD_PRODUCTS + 1 }, newId);
    await register(inventory, database, commander, products);
    const run = new Run(inventory, database, meter, commander, products);
    for (const shape of SHAPES) await run.round(shape, orders);
    const measured = await inTurns(SHAPES, rounds, (shape, round) => {
      told(`${through}: round ${round} of ${rounds}, ${shape}`);
      return run.round(shape, orders);
    });
    await mustBalance(database, SHAPES.length * (rounds + 1) * orders);
    return hotResult(through, measured);
  } finally {
    await meter.close();
    await database.end();
    await inventory.close();
  }
}

async function register(
  inventory: Inventory,
  database: pg.Client,
  commander: Commander,
  products: readonly string[],
): Promise<void> {
  const facts = { name: 'bench', price: 100, currency: 'EUR', version: 1, initialStock: STOCK };
  await commander.send(
    'catalog-event',
    products.map((id) => messageOf('catalog-event', 'PRODUCT_REGISTERED', id, { ...facts, sku: id })),
  );
  await inventory.until(
    'the products are known',
    async () => (await count(database, 'SELECT count(*) AS n FROM stock')) === products.length,
  );
}

class Run {
  #asked = 0;

  constructor(
    private readonly inventory: Inventory,
    private readonly database: pg.Client,
    private readonly meter: DatabaseMeter,
    private readonly commander: Commander,
    private readonly products: readonly string[],
  ) {}

  async round(shape: Shape, orders: number): Promise<Round> {
    const commands = commandsOf(Array.from({ length: orders }, (_, order) => this.#productOf(shape, order)));
    this.#asked += commands.length;
    await this.meter.start();
    const cpuBefore = await this.#cpuNs();
    const since = performance.now();
    await this.commander.send('reservation-event', commands);
    // a position moves in the transaction that writes the answers, and to look at it costs nothing
    await this.inventory.until(
      'every command is answered',
      async () =>
        (await count(
          this.database,
          `SELECT sum(next_offset) AS n FROM inbox_offset WHERE topic='reservation-event'`,
        )) >= this.#asked,
    );
    const ms = performance.now() - since;
    const cpuNs = (await this.#cpuNs()) - cpuBefore;
    const { cpuMicros } = await this.meter.stop();
    return {
      orders,
      ordersPerSecond: (orders * 1_000) / ms,
      inventoryMicros: cpuNs / 1_000 / orders,
      postgresMicros: cpuMicros === undefined ? undefined : cpuMicros / orders,
    };
  }

  /** The first product is the hot one, and nobody else's. */
  #productOf(shape: Shape, order: number): string {
    return this.products[shape === 'hot' ? 0 : 1 + (order % SPREAD_PRODUCTS)] ?? '';
  }

  async #cpuNs(): Promise<number> {
    const spent = await Promise.all(this.inventory.pids.map(processCpuNs));
    return spent.reduce((sum, ns) => sum + ns, 0);
  }
}

/** What was measured must be what was meant: all sold, none twice. */
async function mustBalance(database: pg.Client, orders: number): Promise<void> {
  const sold = await count(database, `SELECT count(*) AS n FROM reservation WHERE status='CONFIRMED'`);
  const gone = await count(database, 'SELECT sum($1 - on_hand) + sum(reserved) AS n FROM stock', [STOCK]);
  const answers = await count(database, `SELECT count(*) AS n FROM outbox_event WHERE topic='order-event'`);
  if (sold === orders && gone === orders && answers === ANSWERS_AN_ORDER * orders) return;
  throw new CommandError(
    `Of ${orders} orders ${sold} are sold and ${gone} pieces are gone; ${answers} answers were given.`,
  );
}

async function count(database: pg.Client, sql: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await database.query<{ n: string | null }>(sql, [...values]);
  return Number(rows[0]?.n ?? 0);
}
