import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../until.js';
import { simulatorBench, type SimulatorBench } from './testing/simulator-bench.js';

let bench: SimulatorBench;
beforeEach(async () => {
  bench = await simulatorBench();
});
afterEach(() => bench.close());

const asked = { amount: 1_000, currency: 'EUR', paymentMethod: 'pm_card' };
async function captured(n: number): Promise<string> {
  const { body } = await bench.call('POST', '/authorizations', { ...asked, reference: `order-${n}` }, `k${n}`);
  const at = `/authorizations/${String(body['id'])}`;
  await bench.call('POST', `${at}/capture`, {}, `c${n}`);
  return at;
}
const ended = () => until('all plans have ended', async () => (await bench.call('GET', '/plans')).body['open'] === 0);

test('of a hundred refunds exactly the per cents are pending at first, and come back', async () => {
  await bench.start({ behaviour: { pending: 30, returned: 20 }, laterMs: 20, seed: 3 });
  const begun: string[] = [];
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const { body } = await bench.call('POST', `${await captured(n)}/refund`, { amount: 100 }, `r${n}`);
      begun.push((body['refunds'] as { status: string }[])[0]!.status);
    }),
  );
  expect(begun.filter((status) => status === 'PENDING')).toHaveLength(30);
  await ended();
  const refunds = (await bench.simulator.ledger()).map((entry) => entry.refunds[0]!.status);
  expect(refunds.filter((status) => status === 'FAILED')).toHaveLength(20);
  expect(refunds.filter((status) => status === 'SUCCEEDED')).toHaveLength(80);
  await until(
    'all webhooks have come',
    () => bench.told.filter(({ type }) => type.startsWith('refund.')).length === 100 + 30 + 20,
  );
});

test('of a hundred captured payments exactly the per cent is refunded at the dashboard, in full and in part', async () => {
  await bench.start({ behaviour: { dashboard: 20 }, laterMs: 1, seed: 4 });
  for (let n = 0; n < 100; n += 1) await captured(n);
  await ended();
  const refunded = (await bench.simulator.ledger()).filter(({ refunds }) => refunds.length > 0);
  expect(refunded).toHaveLength(20);
  expect(refunded.flatMap(({ refunds }) => refunds.map(({ by }) => by))).toEqual(Array(20).fill('dashboard'));
  expect(new Set(refunded.map(({ refundedAmount }) => refundedAmount))).toEqual(new Set([500, 1_000]));
});

test('what was planned by a process that is gone happens all the same, once', async () => {
  await bench.start({ behaviour: { pending: 100, dashboard: 100 }, laterMs: 300 });
  const at = await captured(1);
  await bench.call('POST', `${at}/refund`, { amount: 100 }, 'r');
  await bench.start({ behaviour: {} });
  expect((await bench.call('GET', '/plans')).body).toEqual({ open: 2 });
  await ended();
  await bench.start();
  const { body } = await bench.call('GET', at);
  expect(body).toMatchObject({
    refunds: [
      { by: 'api', status: 'SUCCEEDED' },
      { by: 'dashboard', status: 'SUCCEEDED' },
    ],
  });
});

test('what is not possible any more when it is due does not happen, and is not waited for', async () => {
  await bench.start({ behaviour: { returned: 100, dashboard: 100 }, laterMs: 300 });
  const at = await captured(1);
  const { body } = await bench.call('POST', `${at}/refund`, {}, 'r');
  const [refund] = body['refunds'] as { id: string }[];
  await bench.call('POST', `/dashboard/refunds/${refund!.id}/update`, { status: 'FAILED' });
  await bench.call('POST', `/dashboard${at}/refund`, {});
  await ended();
  expect(await bench.call('GET', at)).toMatchObject({ body: { refundedAmount: 1_000, refunds: [{}, {}] } });
});
