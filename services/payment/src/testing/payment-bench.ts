import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type EventOf, type Payment } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { startSimulator, type LedgerEntry, type Simulator, type SimulatorOptions } from '@outrider/testkit/simulator';
import { paymentService } from '../payment.module.js';
import { startProviderProxy, type ProviderProxy } from './provider-proxy.js';

export const READ_KEY = 'key-that-reads-payments';
export const WEBHOOK_SECRET = 'the secret of the webhooks in tests';
export const STRIPE_WEBHOOK_SECRET = 'whsec_0123456789abcdef0123456789abcdef';

/** The payment service before a provider that can be made to misbehave, and the part of order played by the test. */
export interface PaymentBench {
  readonly service: TestService;
  readonly proxy: ProviderProxy;
  readonly simulator: Simulator;
  /** @returns the command's id */
  create(orderId: string, amount?: number, commandId?: string): Promise<string>;
  confirm(orderId: string, amount?: number, commandId?: string): Promise<string>;
  release(orderId: string, commandId?: string): Promise<string>;
  refund(orderId: string, refundId: string, amount: number, commandId?: string): Promise<string>;
  /** what was answered about an order, as [type, payload], in order */
  replies(orderId: string): Promise<[string, EventOf<'order-event'>['payload']][]>;
  /** waits until so many answers are there */
  answered(orderId: string, count: number): Promise<string[]>;
  payment(orderId: string): Promise<Payment>;
  /** what the provider's books hold of an order */
  booked(orderId: string): Promise<LedgerEntry[]>;
  /** the simulator's options for sending webhooks to the service */
  webhookOptions(): Partial<SimulatorOptions>;
  /** stops the simulator and starts it again on its ledger, on another port */
  restartSimulator(options?: Partial<SimulatorOptions>): Promise<void>;
  stopSimulator(): Promise<void>;
  /** edits the lines of the provider's ledger file, with the simulator stopped meanwhile */
  editLedger(edit: (lines: readonly string[]) => readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Waits are short, so that doubts are resolved within a test. */
const SETTINGS = {
  PAYMENT_PROVIDER_TIMEOUT_MS: '400',
  PAYMENT_RETRY_FIRST_MS: '50',
  PAYMENT_RETRY_LONGEST_MS: '400',
  PAYMENT_SCAN_MS: '200',
};

/** The service's settings for the provider at this address. */
const PROVIDERS = {
  simulator: (url: string) => ({ SIMULATOR_URL: url, SIMULATOR_WEBHOOK_SECRET: WEBHOOK_SECRET }),
  stripe: (url: string) => ({
    PAYMENT_PROVIDER: 'stripe',
    STRIPE_API_BASE: url,
    STRIPE_SECRET_KEY: 'sk_test_outrider',
    STRIPE_WEBHOOK_SECRET,
    STRIPE_RETURN_URL: 'https://shop.example/back',
  }),
};

export async function startPaymentBench(
  env: Readonly<Record<string, string>> = {},
  provider: keyof typeof PROVIDERS = 'simulator',
  definition = paymentService,
): Promise<PaymentBench> {
  const directory = await mkdtemp(join(tmpdir(), 'payment-'));
  const ledgerFile = join(directory, 'ledger.jsonl');
  let simulator = await startSimulator({ ledgerFile });
  let running = true;
  const proxy = await startProviderProxy(simulator.url);
  const service = await startTestService(definition, {
    env: { ...PROVIDERS[provider](proxy.url), ...SETTINGS, ...env },
    apiKeys: { [READ_KEY]: ['payment:read'] },
  });
  const bench: PaymentBench = {
    service,
    proxy,
    get simulator() {
      return simulator;
    },
    async create(orderId, amount = 1_500, commandId = newId()) {
      const payload = { commandId, amount, currency: 'EUR', paymentMethod: 'pm_card' };
      await service.publish('payment-event', 'PAYMENT_CREATE_REQUEST', orderId, payload);
      return commandId;
    },
    async confirm(orderId, amount = 1_500, commandId = newId()) {
      await service.publish('payment-event', 'PAYMENT_CONFIRM_REQUEST', orderId, { commandId, amount });
      return commandId;
    },
    async release(orderId, commandId = newId()) {
      await service.publish('payment-event', 'PAYMENT_RELEASE_REQUEST', orderId, { commandId, reason: 'cancelled' });
      return commandId;
    },
    async refund(orderId, refundId, amount, commandId = newId()) {
      await service.publish('payment-event', 'PAYMENT_REFUND_REQUEST', orderId, { commandId, refundId, amount });
      return commandId;
    },
    async replies(orderId) {
      const events = await service.emitted('order-event');
      return events.filter((event) => event.orderId === orderId).map((event) => [event.eventType, event.payload]);
    },
    async answered(orderId, count) {
      let types: string[] = [];
      await service.until(`${count} answers for order ${orderId}`, async () => {
        types = (await bench.replies(orderId)).map(([type]) => type);
        return types.length >= count;
      });
      return types;
    },
    async payment(orderId) {
      const { body } = await service.call('GET', `/payments?orderId=${orderId}`, { apiKey: READ_KEY });
      return (body as { data: Payment[] }).data[0]!;
    },
    booked: async (orderId) => (await simulator.ledger()).filter(({ reference }) => reference === orderId),
    webhookOptions() {
      const url = `${service.url}/webhooks/${provider}`;
      return provider === 'stripe'
        ? { stripeWebhooks: { url, secret: STRIPE_WEBHOOK_SECRET } }
        : { webhooks: { url, secret: WEBHOOK_SECRET } };
    },
    async restartSimulator(options) {
      await bench.stopSimulator();
      simulator = await startSimulator({ ledgerFile, ...options });
      running = true;
      proxy.upstream = simulator.url;
    },
    async stopSimulator() {
      if (running) await simulator.close();
      running = false;
    },
    async editLedger(edit) {
      await bench.stopSimulator();
      const lines = (await readFile(ledgerFile, 'utf8')).split('\n').filter((line) => line !== '');
      await writeFile(
        ledgerFile,
        edit(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
      await bench.restartSimulator();
    },
    async close() {
      await proxy.letGo().catch(() => {});
      await service.close();
      await proxy.close();
      await bench.stopSimulator();
      await rm(directory, { recursive: true });
    },
  };
  return bench;
}
