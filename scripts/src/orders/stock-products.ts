import { setTimeout as sleep } from 'node:timers/promises';
import { productPageSchema, productSchema, stockSchema } from '@outrider/contracts';
import { ApiError } from '../api/api-error.js';
import { call } from '../api/call.js';
import { forEach } from '../api/for-each.js';
import { CommandError } from '../cli/errors.js';
import { CURRENCY } from './currency.js';
import type { Need } from './stock-needs.js';

export interface StockProducts {
  readonly productUrl: string;
  readonly inventoryUrl: string;
  readonly token: string;
  readonly needs: readonly Need[];
  /** names what is done here: done again under the same name it has no second effect */
  readonly name: string;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

const PRODUCTS_A_LOOK = 100;
const LOOK_EVERY_MS = 200;
const LONGEST_MS = 120_000;

/**
 * Registers every sku as a product with its stock; a sku that is there already gets the pieces on top. Returns the
 * product id of each sku when all of the stock is there.
 *
 * @throws ApiError, CommandError when the stock does not come
 */
export async function stockProducts(work: StockProducts): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const registered: string[] = [];
  await forEach(work.needs, work.concurrency, async (need) => {
    const id = await register(work, need);
    if (id !== undefined) registered.push(id);
    ids.set(need.sku, id ?? (await addStock(work, need)));
    work.progress(ids.size);
  });
  await waitForStock(work, registered);
  return ids;
}

/** Undefined when the sku is taken. */
async function register(work: StockProducts, { sku, cents, stock }: Need): Promise<string | undefined> {
  try {
    const { body } = await call({
      method: 'POST',
      url: `${work.productUrl}/products`,
      token: work.token,
      idempotencyKey: `${work.name}:${sku}`,
      body: { sku, name: sku, price: cents, currency: CURRENCY, initialStock: stock },
      answer: productSchema,
      signal: work.signal,
    });
    return body.id;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'sku-taken') return undefined;
    throw error;
  }
}

async function addStock(work: StockProducts, { sku, stock }: Need): Promise<string> {
  const { token, signal } = work;
  const url = `${work.productUrl}/products?sku=${encodeURIComponent(sku)}`;
  const { body } = await call({ method: 'GET', url, token, answer: productPageSchema, signal });
  const id = body.data[0]?.id;
  if (id === undefined) throw new CommandError(`${sku} is taken, but no product has it.`);
  if (stock > 0) {
    await call({
      method: 'POST',
      url: `${work.inventoryUrl}/stock/${id}/adjustments`,
      token,
      body: { delta: stock, reason: 'for an orders file', reference: `${work.name}:${sku}` },
      answer: stockSchema,
      signal,
    });
  }
  return id;
}

/** A product shows stock once inventory has its row and has published it: from then on no order meets an unknown product. */
async function waitForStock(work: StockProducts, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (let at = 0; at < ids.length; at += PRODUCTS_A_LOOK) {
    const look = ids.slice(at, at + PRODUCTS_A_LOOK);
    const url = `${work.productUrl}/products?limit=${look.length}&ids=${look.join(',')}`;
    for (;;) {
      const { body } = await call({ method: 'GET', url, answer: productPageSchema, signal: work.signal });
      if (body.data.length === look.length && body.data.every(({ stock }) => stock !== null)) break;
      if (performance.now() > deadline) {
        throw new CommandError(`Products have had no stock for ${LONGEST_MS / 1000} s: look at the logs.`);
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: work.signal });
    }
  }
}
