import { expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { PaymentBench } from './payment-bench.js';

/**
 * Pays for, captures and releases so many orders at once, with a provider that declines, times out and sends webhooks
 * twice, and with forged webhooks; then every payment must be as in the provider's ledger.
 */
export async function storm(bench: PaymentBench, orders: number): Promise<void> {
  await bench.restartSimulator({
    ...bench.webhookOptions(),
    behaviour: { declines: 10, timeouts: 10, duplicates: 20, forged: 20 },
    timeoutMs: 2_000,
    seed: 3,
  });
  const orderIds = Array.from({ length: orders }, () => newId());
  await Promise.all(orderIds.map((id) => bench.create(id)));
  for (const id of orderIds) await bench.answered(id, 1);
  await Promise.all(orderIds.map((id) => bench.confirm(id)));
  for (const id of orderIds) await bench.answered(id, 2);
  await Promise.all(orderIds.map((id) => bench.release(id)));
  for (const id of orderIds) expect(await bench.answered(id, 3)).toHaveLength(3);
  for (const id of orderIds) {
    const [entry, ...others] = await bench.booked(id);
    expect(others).toEqual([]);
    const { status, capturedAmount, refundedAmount } = entry!;
    expect(await bench.payment(id)).toMatchObject({ status, capturedAmount, refundedAmount });
    expect(['DECLINED', 'REFUNDED']).toContain(status);
  }
  expect(bench.simulator.webhooks()).toMatchObject({ believed: 0 });
  expect(bench.simulator.webhooks().forged).toBeGreaterThan(0);
}
