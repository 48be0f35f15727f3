import { expect, test } from '@jest/globals';
import { readConfig } from '@outrider/service-kit/config';
import { paymentService } from './payment.module.js';

const COMMON = {
  DATABASE_URL: 'postgres://localhost/payment',
  KAFKA_BROKERS: 'localhost:9092',
  PORT: '3003',
  ADMIN_PORT: '9003',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'outrider',
  JWT_JWKS: 'keys.json',
  API_KEYS: '[]',
};
const SIMULATOR = { SIMULATOR_URL: 'http://localhost:3009/', SIMULATOR_WEBHOOK_SECRET: 'x'.repeat(16) };
const STRIPE = {
  PAYMENT_PROVIDER: 'stripe',
  STRIPE_SECRET_KEY: 'sk_live_abc',
  STRIPE_WEBHOOK_SECRET: `whsec_${'x'.repeat(32)}`,
};

/** The keys that are named when the settings are wrong. */
function wrongKeys(env: Record<string, string>): string[] {
  try {
    readConfig(paymentService.config, env);
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems.map((problem) => problem.split(':')[0] ?? '').toSorted();
  }
}

test('pays through the simulator unless said otherwise, and through Stripe when said so', () => {
  expect(readConfig(paymentService.config, { ...COMMON, ...SIMULATOR })).toMatchObject({
    PAYMENT_PROVIDER: 'simulator',
    SIMULATOR_URL: 'http://localhost:3009',
    PAYMENT_CONCURRENCY: 64,
    API_KEYS: [],
  });
  expect(readConfig(paymentService.config, { ...COMMON, ...STRIPE })).toMatchObject({
    PAYMENT_PROVIDER: 'stripe',
    STRIPE_API_BASE: 'https://api.stripe.com',
    PORT: 3003,
  });
});

test('F39 names every wrong key at once, and only those that the provider needs', () => {
  const { PORT: _port, ...withoutPort } = COMMON;
  expect(wrongKeys(withoutPort)).toEqual(['PORT', 'SIMULATOR_URL', 'SIMULATOR_WEBHOOK_SECRET']);
  expect(wrongKeys({ ...withoutPort, PAYMENT_PROVIDER: 'stripe' })).toEqual([
    'PORT',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
  ]);
  expect(wrongKeys({ ...withoutPort, PAYMENT_PROVIDER: 'paypal' })).toEqual(['PAYMENT_PROVIDER', 'PORT']);
});

test.each([
  ['STRIPE_SECRET_KEY', 'pk_live_abc'],
  ['STRIPE_WEBHOOK_SECRET', 'a secret of somebody else'],
  ['STRIPE_API_BASE', 'ftp://api.stripe.com'],
  ['STRIPE_RETURN_URL', 'shop.example'],
])('refuses %s=%s', (name, value) => {
  expect(wrongKeys({ ...COMMON, ...STRIPE, [name]: value })).toEqual([name]);
});

test('a live key is never sent in the clear', () => {
  const STRIPE_API_BASE = 'http://localhost:12111';
  expect(wrongKeys({ ...COMMON, ...STRIPE, STRIPE_API_BASE })).toEqual(['STRIPE_API_BASE']);
  expect(wrongKeys({ ...COMMON, ...STRIPE, STRIPE_SECRET_KEY: 'sk_test_abc', STRIPE_API_BASE })).toEqual([]);
});
