import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, orderSchema } from '@outrider/contracts';
import { z } from 'zod';
import { call } from '../api/call.js';
import { allOf } from '../api/pages.js';
import { readLedger } from '../balance/read-api.js';
import type { UpFile } from '../run/up-file.js';

/** As long as anything changes it is waited for; what has stood for this long, ms, is judged as it stands. */
const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 250;

const plansSchema = z.object({ open: z.int() });

/**
 * Waits until everything that the payment provider does by itself has happened (refunds that are pending or come back,
 * refunds at its dashboard), and until order shows of each payment what the provider has refunded of it.
 *
 * @param progress called with how many payments are not yet shown so
 * @returns how many are not shown so in the end: what nobody took over
 */
export async function finishAtProvider(
  up: UpFile,
  signal: AbortSignal,
  progress: (open: number) => void,
): Promise<number> {
  let before = '';
  let changed = performance.now();
  for (;;) {
    const plans = await call({ method: 'GET', url: `${up.simulator.url}/plans`, answer: plansSchema, signal });
    const unlike = await notTakenOver(up, signal);
    const open = plans.body.open + unlike.length;
    progress(open);
    if (open === 0) return 0;
    const state = `${plans.body.open} ${unlike.join()}`;
    if (state !== before) changed = performance.now();
    before = state;
    if (performance.now() - changed > PATIENCE_MS) return unlike.length;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Orders that are on their way, or show other refunds than the provider has made. */
async function notTakenOver(up: UpFile, signal: AbortSignal): Promise<string[]> {
  const ledger = await readLedger(up, signal);
  const orders = await allOf(`${up.services.order.url}/orders`, up.tokens.admin, orderSchema, signal);
  const refunded = new Map<string, number>();
  for (const { reference, refundedAmount } of ledger) {
    refunded.set(reference, (refunded.get(reference) ?? 0) + refundedAmount);
  }
  return orders
    .filter(({ id, status, refundedTotal }) => !isTerminal(status) || refundedTotal !== (refunded.get(id) ?? 0))
    .map(({ id, status, refundedTotal }) => `${id} ${status} ${refundedTotal}`);
}
