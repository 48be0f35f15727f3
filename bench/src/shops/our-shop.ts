import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isTerminal, orderSchema } from '@outrider/contracts';
import { call } from '@outrider/scripts/api/call';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { CURRENCY } from '@outrider/scripts/orders/currency';
import { Customers } from '@outrider/scripts/orders/customers';
import { stockProducts } from '@outrider/scripts/orders/stock-products';
import { createRun } from '@outrider/scripts/run/run-directory';
import type { Infra } from '@outrider/testkit';
import { withServers } from '../with-servers.js';
import { LAST_SKU, PLENTY_SKUS, STOCK, type Shop } from './shop.js';

const WAIT_MS = 20_000;
const CENTS = 100;

export interface OurShopOptions {
  readonly infra: Infra;
  readonly root: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly undo: AsyncDisposableStack;
}

/** An installation with one process of each service, whose customers place an order and wait until it has ended. */
export async function openOurShop({ infra, root, screen, signal, undo }: OurShopOptions): Promise<Shop> {
  const own = join(root, 'ours');
  await mkdir(own);
  const run = await createRun(own);
  const start = { root: own, run, replicas: 1, payments: payments(''), seed: 1, servers: 'url', screen, undo } as const;
  const { up, identity } = await withServers(infra, () => startInstallation(start));
  const { order, product, inventory } = up.services;
  const ids = await stockProducts({
    productUrl: product.url,
    inventoryUrl: inventory.url,
    token: up.tokens.admin,
    needs: STOCK.map(({ sku, stock }) => ({ sku, cents: CENTS, asked: stock, stock })),
    name: run.id,
    concurrency: 16,
    signal,
    progress: () => undefined,
  });
  const customers = new Customers(identity);
  let orders = 0;
  return {
    name: 'ours',
    products: PLENTY_SKUS.flatMap((sku) => ids.get(sku) ?? []),
    lastProduct: ids.get(LAST_SKU) ?? '',
    pids: Object.values(up.services).flatMap(({ pids }) => pids),
    async buy(productId) {
      orders += 1;
      const token = await customers.token(`customer-${orders % 1_000}`);
      const body = { items: [{ productId, quantity: 1 }], currency: CURRENCY, paymentMethod: 'pm_card_visa' };
      const asked = { token, answer: orderSchema, signal };
      const placed = await call({
        ...asked,
        method: 'POST',
        url: `${order.url}/orders`,
        idempotencyKey: `${run.id}-${orders}`,
        body,
      });
      let shown = placed.body;
      while (!isTerminal(shown.status)) {
        const url = `${order.url}/orders/${shown.id}?wait_ms=${WAIT_MS}`;
        shown = (await call({ ...asked, method: 'GET', url })).body;
      }
      return { sold: shown.status === 'COMPLETED', why: shown.status };
    },
  };
}
