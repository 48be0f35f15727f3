import { expect, test } from '@jest/globals';
import type { Transaction, Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { PaymentProvider } from '../policies/payment-provider.js';
import { AttemptRunner } from './attempt-runner.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what becomes due while a look for it is under way is looked for again at once', async () => {
  const looks: (() => void)[] = [];
  const transactor = {
    run: async (work: (tx: Transaction) => Promise<unknown>) => {
      await new Promise<void>((resolve) => looks.push(resolve));
      return work({ sql: { query: () => Promise.resolve({ rows: [], rowCount: 0 }) } } as unknown as Transaction);
    },
  } as unknown as Transactor;
  const settings = { concurrency: 2, timeoutMs: 1_000, firstRetryMs: 1, longestRetryMs: 1 };
  const log = { warn() {}, error() {} } as unknown as Logger;
  const observer = { attempt() {}, event() {} };
  const runner = new AttemptRunner({ name: 'none' } as PaymentProvider, transactor, settings, observer, log);
  runner.wake();
  await turn();
  expect(looks).toHaveLength(1);
  runner.wake();
  await turn();
  expect(looks).toHaveLength(1);
  looks[0]!();
  await turn();
  expect(looks).toHaveLength(2);
  looks[1]!();
  await turn();
  expect(looks).toHaveLength(2);
  await runner.close();
});
