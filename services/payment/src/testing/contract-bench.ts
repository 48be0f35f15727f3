import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@outrider/testkit';
import { startSimulator, type LedgerEntry, type SimulatorOptions } from '@outrider/testkit/simulator';
import type { PaymentProvider } from '../providers/payment-provider.js';
import { startProviderProxy } from './provider-proxy.js';

/** A webhook as it came. */
export interface Delivery {
  readonly raw: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** An adapter before providers that behave in every way that matters. */
export interface ProviderUnderTest {
  /** one that carries out each request, and sends each webhook twice */
  readonly provider: PaymentProvider;
  /** one whose customers are always declined */
  readonly declining: PaymentProvider;
  /** one whose customers always have to act */
  readonly asking: PaymentProvider;
  /** one that accepts no connection */
  readonly gone: PaymentProvider;
  /** one whose refunds are on their way until `dashboard` says otherwise */
  readonly pending: PaymentProvider;
  /** `provider`, doing what it is asked but answering later than its caller waits */
  readonly slow: PaymentProvider;
  readonly paymentMethod: string;
  /** what `provider` has in its own books of an order */
  booked(orderId: string): Promise<LedgerEntry[]>;
  /** does by hand, at the dashboard of `provider` or of `pending`, what its routes say */
  dashboard(of: 'provider' | 'pending', path: string, body?: object): Promise<void>;
  /** does what the customer does who is to approve this one of `asking` */
  act(reference: string, outcome: 'approve' | 'deny'): Promise<void>;
  /** waits for so many webhooks that contain a text (an order's id or a payment's reference) and returns them */
  received(text: string, count: number): Promise<Delivery[]>;
  close(): Promise<void>;
}

/** How far the time of a webhook may be off. */
export const TOLERANCE_MS = 300_000;
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
  return {
    ...providers,
    paymentMethod: 'pm_card_visa',
    booked: async (orderId) => (await good.ledger()).filter(({ reference }) => reference === orderId),
    async dashboard(of, path, body = {}) {
      const { url } = of === 'pending' ? pending : good;
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/dashboard${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async act(reference, outcome) {
      await fetch(`${asking.url}/authorizations/${reference}/act`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ outcome }),
      });
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
