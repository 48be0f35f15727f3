import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, bootstrapWorker } from '@vendure/core';
import { populate } from '@vendure/core/cli/index.js';
import { configOf } from './config.mjs';

// `node main.mjs prepare|server|worker <settings as JSON>`; prepare ends by itself.
const INITIAL = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  countries: [{ name: 'Germany', code: 'DE', zone: 'Europe' }],
  taxRates: [{ name: 'Standard Tax', percentage: 19 }],
  shippingMethods: [{ name: 'Parcel', price: 490 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};
const HEAD =
  'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets';

async function prepare(settings) {
  const csv = join(await mkdtemp(join(tmpdir(), 'vendure-')), 'products.csv');
  const line = ({ sku, stock }) => `${sku},${sku.toLowerCase()},,,,,,${sku},1.00,standard,${stock},true,,`;
  await writeFile(csv, [HEAD, ...settings.products.map(line)].join('\n'));
  const config = configOf({ ...settings, synchronize: true });
  config.importExportOptions = { importAssetsDir: tmpdir() };
  const app = await populate(async () => (await bootstrapWorker(config)).app, INITIAL, csv);
  await app.close();
  process.exit(0);
}

const [role, text] = process.argv.slice(2);
const settings = JSON.parse(text);
if (role === 'prepare') await prepare(settings);
else if (role === 'server') await bootstrap(configOf(settings));
else await bootstrapWorker(configOf(settings)).then((worker) => worker.startJobQueue());
