import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpExchange } from '@outrider/common';
import { CommandError } from '@outrider/scripts/cli/errors';
import { logEnd } from '@outrider/scripts/installation/log-end';
import { createDatabase, dropDatabase, freePort, Keeper } from '@outrider/testkit';
import { installed } from '../peers-installed.js';
import { answering } from './answering.js';
import { LAST_SKU, PLENTY_SKUS, STOCK, type Shop } from './shop.js';
import type { PeerShopOptions } from './vendure-shop.js';

/** One for each core. */
const SERVERS = 2;
const TIMEOUT_MS = 120_000;
const ADDRESS = {
  first_name: 'A',
  last_name: 'Guest',
  address_1: 'Street 1',
  city: 'Hamburg',
  postal_code: '20095',
  country_code: 'de',
};

/** What prepare.js writes. */
interface Ids {
  readonly key: string;
  readonly region: string;
  readonly option: string;
  readonly variants: Readonly<Record<string, string>>;
}

/** Medusa with a server for each core and a worker, its Redis modules, and its payment provider that approves all. */
export async function openMedusaShop({ infra, root, told, undo }: PeerShopOptions): Promise<Shop> {
  const folder = await installed('medusa', told);
  const database = `medusa_${process.pid}`;
  const databaseUrl = await createDatabase(infra.postgresUrl, database);
  undo.defer(() => dropDatabase(infra.postgresUrl, database));
  const keeper = await Keeper.start();
  undo.defer(() => keeper.end());
  const logs = join(root, 'medusa');
  await mkdir(logs);
  const idsFile = join(logs, 'ids.json');
  const spawn = (role: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    keeper.spawn({
      command: process.execPath,
      args: [join(folder, 'node_modules/@medusajs/cli/cli.js'), ...args],
      env: {
        PATH: process.env['PATH'],
        HOME: logs,
        NODE_ENV: 'production',
        MEDUSA_DISABLE_TELEMETRY: 'true',
        LOG_LEVEL: 'warn',
        DATABASE_URL: databaseUrl,
        REDIS_URL: infra.redisUrl,
        SETTINGS: JSON.stringify({ products: STOCK, idsFile }),
        ...env,
      },
      cwd: folder,
      logFile: join(logs, `${role}.log`),
      stopSignal: 'SIGTERM',
    });
  for (const args of [
    ['db:migrate', '--skip-scripts'],
    ['exec', './src/scripts/prepare.js'],
  ]) {
    told(`Medusa: ${args.join(' ')}`);
    const { code } = await (await spawn('prepare', args, { WORKER_MODE: 'shared' })).exited;
    if (code !== 0)
      throw new CommandError(`Medusa could not be prepared; its log ends:\n${await logEnd(join(logs, 'prepare.log'))}`);
  }
  const ids = JSON.parse(await readFile(idsFile, 'utf8')) as Ids;
  const ports = await Promise.all(Array.from({ length: SERVERS + 1 }, freePort));
  const processes = await Promise.all(
    ports.map((port, n) => {
      const role = n < SERVERS ? 'server' : 'worker';
      return spawn(`${role}-${n}`, ['start', '--port', String(port)], { WORKER_MODE: role, PORT: String(port) });
    }),
  );
  for (const [n, port] of ports.slice(0, SERVERS).entries()) {
    await answering(`http://127.0.0.1:${port}/health`, join(logs, `server-${n}.log`));
  }
  const exchanges = ports.slice(0, SERVERS).map((port) => new HttpExchange(`http://127.0.0.1:${port}`, TIMEOUT_MS));
  let buyers = 0;
  return {
    name: 'medusa',
    products: PLENTY_SKUS.flatMap((sku) => ids.variants[sku] ?? []),
    lastProduct: ids.variants[LAST_SKU] ?? '',
    pids: processes.map(({ pid }) => pid),
    async buy(variant) {
      buyers += 1;
      const exchange = exchanges[buyers % exchanges.length];
      if (exchange === undefined) throw new Error('Medusa has no server');
      const post = async <A>(path: string, body: object): Promise<A> => {
        const headers = { 'content-type': 'application/json', 'x-publishable-api-key': ids.key };
        const { status, text } = await exchange.send('POST', `/store/${path}`, headers, JSON.stringify(body));
        if (status !== 200)
          throw new Error(`${path.replaceAll(/\w+_\w{20,}/gu, ':id')}: ${status} ${text.slice(0, 150)}`);
        return JSON.parse(text) as A;
      };
      const { cart } = await post<{ cart: { id: string } }>('carts', {
        region_id: ids.region,
        email: 'guest@example.org',
        shipping_address: ADDRESS,
        billing_address: ADDRESS,
        items: [{ variant_id: variant, quantity: 1 }],
      });
      await post(`carts/${cart.id}/shipping-methods`, { option_id: ids.option });
      const { payment_collection: collection } = await post<{ payment_collection: { id: string } }>(
        'payment-collections',
        {
          cart_id: cart.id,
        },
      );
      await post(`payment-collections/${collection.id}/payment-sessions`, { provider_id: 'pp_system_default' });
      const end = await post<{ type: string; error?: { message: string } }>(`carts/${cart.id}/complete`, {});
      return end.type === 'order' ? { sold: true } : { sold: false, why: end.error?.message ?? end.type };
    },
  };
}
