import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { paymentServiceWith } from './payment.module.js';
import { startPaymentBench } from './testing/payment-bench.js';

const DAY_MS = 86_400_000;

test('a shop’s own policy decides when a provider that did not answer is asked again', async () => {
  const asked: [tries: number, slow: boolean][] = [];
  const retry = () => ({
    waitMs(tries: number, slow: boolean) {
      asked.push([tries, slow]);
      return DAY_MS;
    },
  });
  const bench = await startPaymentBench({}, 'simulator', paymentServiceWith({ retry }));
  try {
    await bench.stopSimulator();
    await bench.create(newId());
    const days = async (): Promise<number | undefined> => {
      const [row] = await bench.service.sql<{ days: number }>(
        `SELECT extract(epoch FROM due_at - created_at)::float8 / 86400 AS days FROM payment_command WHERE owner IS NULL`,
      );
      return row?.days;
    };
    await bench.service.until('it is postponed', async () => (await days()) !== undefined);
    expect(Math.round((await days()) ?? 0)).toBe(1);
    expect(asked).toEqual([[1, false]]);
  } finally {
    await bench.close();
  }
});
