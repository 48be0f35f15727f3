import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@outrider/testkit';
import { startSimulator, type SimulatorOptions } from '@outrider/testkit/simulator';
import type { PaymentProvider } from '../providers/payment-provider.js';
import { startProviderProxy } from './provider-proxy.js';
import type { Delivery, ProviderUnderTest } from './provider-under-test.js';

export const WEBHOOK_SECRET = 'the secret of the webhooks in tests';

/**
 * Starts simulators for an adapter to be tried against.
 *
 * @param make the adapter for a simulator at this address, that waits so long
 * @param webhooks which of the simulator's two forms of webhooks the adapter reads
 */
export async function startContractBench(
  make: (url: string, timeoutMs: number) => PaymentProvider,
  webhooks: 'webhooks' | 'stripeWebhooks',
): Promise<ProviderUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'payment-'));
  const deliveries: Delivery[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({ raw: Buffer.concat(chunks), headers: request.headers });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const target = {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    secret: WEBHOOK_SECRET,
  };
  const start = (name: string, options: Partial<SimulatorOptions>) =>
    startSimulator({ ledgerFile: join(directory, `${name}.jsonl`), ...options, [webhooks]: target });
  const good = await start('good', { behaviour: { duplicates: 100 } });
  const declining = await start('declining', { behaviour: { declines: 100 } });
  const asking = await start('asking', { behaviour: { actions: 100 } });
  const pending = await start('pending', { behaviour: { pending: 100 }, laterMs: 3_600_000 });
  const proxy = await startProviderProxy(good.url);
  proxy.fate = () => 'hold-answer';
  const providers = {
    provider: make(good.url, 10_000),
    declining: make(declining.url, 10_000),
    asking: make(asking.url, 10_000),
    pending: make(pending.url, 10_000),
    gone: make(`http://127.0.0.1:${await freePort()}`, 10_000),
    slow: make(proxy.url, 200),
  };
  const send = (at: { readonly url: string }, path: string, body: object): Promise<Response> => {
    const headers = { 'content-type': 'application/json' };
    return fetch(at.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  const post = async (at: { readonly url: string }, path: string, body: object = {}): Promise<void> => {
    const answer = await send(at, path, body);
    if (!answer.ok) throw new Error(await answer.text());
  };
  const { pending: pendingProvider, asking: askingProvider, ...others } = providers;
  return {
    ...others,
    paymentMethod: 'pm_card_visa',
    booked: async (orderId) => (await good.ledger()).filter(({ reference }) => reference === orderId),
    dashboard: {
      refund: (reference, amount) => post(good, `/dashboard/authorizations/${reference}/refund`, { amount }),
      capture: (reference, amount) => post(good, `/dashboard/authorizations/${reference}/capture`, { amount }),
      captureWithRestAsRefund: (reference, amount) =>
        post(good, `/dashboard/authorizations/${reference}/capture`, { amount, restAsRefund: true }),
      void: (reference) => post(good, `/dashboard/authorizations/${reference}/void`),
      updateRefund: (id, status, reason) => post(good, `/dashboard/refunds/${id}/update`, { status, reason }),
    },
    disputes: {
      open: (reference, terms = {}) => post(good, `/dashboard/authorizations/${reference}/dispute`, terms),
      close: (id, outcome) => post(good, `/dashboard/disputes/${id}/close`, { outcome }),
    },
    forgetKeys: () => post(good, '/dashboard/forget-keys'),
    pending: {
      provider: pendingProvider,
      updateRefund: (id, status) => post(pending, `/dashboard/refunds/${id}/update`, { status }),
    },
    asking: {
      provider: askingProvider,
      // refused to a customer who comes too late
      act: async (reference, outcome) => void (await send(asking, `/authorizations/${reference}/act`, { outcome })),
    },
    async received(text, count) {
      for (;;) {
        const mine = deliveries.filter(({ raw }) => raw.includes(text));
        if (mine.length >= count) return mine;
        await sleep(10);
      }
    },
    async close() {
      for (const provider of Object.values(providers)) provider.close();
      await proxy.close();
      for (const simulator of [good, declining, asking, pending]) await simulator.close();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}
