import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { PaymentProvider } from '@outrider/payment';
import { paymentProviderContract } from '@outrider/payment/testing';
import { openAcmeBank, type AcmeBank } from './acme-bank.js';
import { acmeUnderTest } from './acme-under-test.js';
import { stepsOf } from './guide.js';
import { copySources, type SourceTree } from './source-tree.js';

describe('a payment provider that is added as docs/extending.md says', () => {
  const asked = { key: 'key-1', orderId: newId(), amount: 1200, currency: 'EUR', paymentMethod: 'pm_card' };
  const change = (key: string, amount: number) => ({ key, reference: 'key-1', amount, currency: 'EUR' });
  let shop: SourceTree;
  let bank: AcmeBank;
  let provider: Provider;
  beforeAll(async () => {
    shop = await copySources();
    await shop.apply(stepsOf('A payment provider'));
    bank = await openAcmeBank('a token of the test');
    provider = await chosen({ ACME_URL: bank.url, ACME_TOKEN: 'a token of the test' });
  });
  afterAll(async () => {
    await shop.remove();
    provider.close();
    await bank.close();
  });

  async function chosen(env: Readonly<Record<string, string>>): Promise<Provider> {
    const { paymentService } = await shop.load<PaymentService>('services/payment/src/payment.module.ts');
    const { readConfig } = await shop.load<Config>('packages/service-kit/src/config/index.ts');
    const config = readConfig(paymentService.config, { ...SETTINGS, PAYMENT_PROVIDER: 'acme', ...env });
    const { createMetrics, Readings } = await shop.load<Metrics>('packages/service-kit/src/metrics/index.ts');
    const metrics = createMetrics('0.1.0');
    const made = paymentService
      .module({ config, metrics, readings: new Readings(metrics.registry, ['payment']) })
      .providers.flatMap(({ provide, useFactory }) =>
        typeof provide === 'symbol' && provide.description === 'payment provider' && useFactory !== undefined
          ? [useFactory()]
          : [],
      );
    return made[0]!;
  }

  test('is chosen by its settings, and names what is missing of them', async () => {
    expect(provider.name).toBe('acme');
    await expect(chosen({ ACME_URL: bank.url })).rejects.toThrow('ACME_TOKEN: is missing');
  });

  test('authorises once, captures, gives back, and is found again', async () => {
    const authorised = { kind: 'record', record: { reference: 'key-1', status: 'AUTHORIZED', capturedAmount: 0 } };
    expect(await provider.lookup({ key: 'key-1' })).toEqual({ kind: 'not-found' });
    expect(await provider.authorize(asked)).toMatchObject(authorised);
    expect(await provider.authorize(asked)).toMatchObject(authorised);
    expect(await provider.capture(change('key-2', 1200))).toMatchObject({ record: { status: 'CAPTURED' } });
    const refund = { ...change('key-3', 200), orderId: asked.orderId, refundId: newId() };
    const given = { refundId: refund.refundId, amount: 200, status: 'SUCCEEDED' };
    expect(await provider.refund(refund)).toMatchObject({ record: { refunds: [given] } });
    expect(await provider.refund(refund)).toMatchObject({ record: { refunds: [given] } });
    expect(await provider.void(change('key-4', 1200))).toMatchObject({ kind: 'refused' });
    const stands = { status: 'CAPTURED', capturedAmount: 1200 };
    expect(await provider.lookup({ reference: 'key-1' })).toMatchObject({ record: { ...stands, refunds: [given] } });
    const day = { createdFrom: new Date(Date.now() - 86_400_000), createdTo: new Date(Date.now() + 86_400_000) };
    expect(await provider.list(day)).toMatchObject({
      kind: 'page',
      charges: [{ orderId: asked.orderId, ...stands, refundedAmount: 200 }],
    });
  });

  test('leaves a doubt where there is one', async () => {
    const refused = await chosen({ ACME_URL: bank.url, ACME_TOKEN: 'another token of the test' });
    expect(await refused.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: true });
    const gone = await chosen({ ACME_URL: 'http://127.0.0.1:1', ACME_TOKEN: 'a token of the test' });
    expect(await gone.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: false });
    for (const one of [refused, gone]) one.close();
  });
});

describe('the payment provider of docs/extending.md', () => {
  let shop: SourceTree;
  afterAll(() => shop.remove());
  paymentProviderContract(
    'acme',
    async () => {
      shop = await copySources();
      await shop.apply(stepsOf('A payment provider'));
      const { AcmeProvider } = await shop.load<Adapter>('services/payment/src/providers/acme-provider.ts');
      return acmeUnderTest((settings) => new AcmeProvider(settings));
    },
    ['list'],
  );
});

interface Adapter {
  readonly AcmeProvider: new (settings: object) => PaymentProvider;
}

/** The settings that every service needs. */
const SETTINGS = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  PORT: '1',
  ADMIN_PORT: '2',
  JWT_ISSUER: 'x',
  JWT_AUDIENCE: 'x',
  JWT_JWKS: 'https://issuer.example/keys',
};

/** What is tried of payment: how a provider is chosen, and what it answers. */
interface PaymentService {
  readonly paymentService: {
    readonly config: object;
    module(context: object): {
      readonly providers: readonly { readonly provide: symbol | object; readonly useFactory?: () => Provider }[];
    };
  };
}
interface Metrics {
  readonly createMetrics: (version: string) => { readonly registry: object };
  readonly Readings: new (registry: object, databases: readonly string[]) => object;
}
interface Config {
  readonly readConfig: (schema: object, env: Readonly<Record<string, string>>) => object;
}
type Ask = (request: object) => Promise<object>;
interface Provider extends Readonly<Record<'authorize' | 'capture' | 'void' | 'refund' | 'lookup' | 'list', Ask>> {
  readonly name: string;
  close(): void;
}
