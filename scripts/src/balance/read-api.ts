import { orderSchema, productSchema, stockSchema } from '@outrider/contracts';
import { ledgerEntrySchema, type LedgerEntry, type WebhookCounts } from '@outrider/testkit/simulator';
import { z } from 'zod';
import { ApiError } from '../api/api-error.js';
import { call } from '../api/call.js';
import { forEach } from '../api/for-each.js';
import { allOf } from '../api/pages.js';
import type { UpFile } from '../run/up-file.js';
import type { BookLevel, Books } from './books.js';

/** Requests at a time: enough to be quick, few enough to leave a small machine its cores. */
const AT_A_TIME = 4;

/** What the services answer through their APIs. */
export async function readApi({ services, tokens }: UpFile, signal: AbortSignal): Promise<Books['api']> {
  const token = tokens.admin;
  const orders = await allOf(`${services.order.url}/orders`, token, orderSchema, signal);
  const products = await allOf(`${services.product.url}/products`, token, productSchema, signal);
  const levels: BookLevel[] = [];
  const unknown: string[] = [];
  await forEach(products, AT_A_TIME, async ({ id }) => {
    const level = await readLevel(`${services.inventory.url}/stock/${id}`, token, signal);
    if (level === undefined) unknown.push(id);
    else levels.push(level);
  });
  return { orders, levels, unknown, reads: products.map(({ id, stock }) => ({ productId: id, stock })) };
}

/** Undefined: inventory has no such product. It may come to know it: balancing looks again. */
async function readLevel(url: string, token: string, signal: AbortSignal): Promise<BookLevel | undefined> {
  try {
    return (await call({ method: 'GET', url, token, answer: stockSchema, signal, waitForUnknown: false })).body;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

const ledgerSchema = z.object({ data: z.array(ledgerEntrySchema) });
const webhooksSchema = z.object({ events: z.int(), delivered: z.int(), forged: z.int(), believed: z.int() });

/** What became of the payment provider's webhooks. */
export async function readWebhooks({ simulator }: UpFile, signal: AbortSignal): Promise<WebhookCounts> {
  return (await call({ method: 'GET', url: `${simulator.url}/webhooks`, answer: webhooksSchema, signal })).body;
}

/** The payment provider's own books. */
export async function readLedger({ simulator }: UpFile, signal: AbortSignal): Promise<LedgerEntry[]> {
  const { body } = await call({ method: 'GET', url: `${simulator.url}/ledger`, answer: ledgerSchema, signal });
  return body.data;
}
