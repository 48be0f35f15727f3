import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { z } from 'zod';
import { paymentServiceWith } from './payment.module.js';
import { claimCheck } from './persistence/statements/ledger-check.js';
import type { PaymentProvider } from './providers/payment-provider.js';

const none = async (): Promise<never> => {
  throw new Error('nothing is asked of it');
};
/** A bank that cannot say what it has charged. */
const bank: PaymentProvider = {
  name: 'bank',
  authorize: none,
  capture: none,
  void: none,
  refund: none,
  lookup: none,
  readWebhook: () => ({ kind: 'refused', reason: 'it sends none' }),
  close: () => undefined,
};

let service: TestService;
beforeAll(async () => {
  const providers = [{ name: 'bank', settings: z.object({}), create: () => bank }];
  const env = { PAYMENT_PROVIDER: 'bank', PAYMENT_LEDGER_EVERY_MS: '200', LOG_LEVEL: 'error' };
  service = await startTestService(paymentServiceWith({ providers }), { env });
});
afterAll(() => service.close());

const stored = () =>
  service.sql<{ provider: string; lists: boolean }>('SELECT provider, lists FROM ledger_check ORDER BY due_at DESC');

test('a provider that lists no payments is noted as the one in use, also after another one', async () => {
  await service.until('it is noted', async () => (await stored()).length > 0);
  await service.sql(`INSERT INTO ledger_check (provider, due_at) VALUES ('old', now() + interval '1 second')`);
  await service.until('it is the last again', async () => (await stored())[0]?.provider === 'bank');
  expect(await stored()).toEqual([
    { provider: 'bank', lists: false },
    { provider: 'old', lists: true },
  ]);
});

test('a provider that lists its payments from now on has a ledger again when its check is due', async () => {
  await service.sql(`INSERT INTO ledger_check (provider, lists) VALUES ('improved', false)`);
  const holder = { provider: 'improved', owner: newId(), leaseMs: 1_000 };
  expect(await claimCheck(service.app.get(Transactor).read(), holder)).toBeDefined();
  expect(await stored()).toContainEqual(expect.objectContaining({ provider: 'improved', lists: true }));
});
