import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '@outrider/service-kit/config';
import { paymentService } from './payment.module.js';

const COMMON = {
  DATABASE_URL: 'postgres://localhost/payment',
  KAFKA_BROKERS: 'localhost:9092',
  PORT: '3003',
  ADMIN_PORT: '9003',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'outrider',
  JWT_JWKS: 'https://issuer.example/keys',
  API_KEYS: '[]',
};
const SIMULATOR = { SIMULATOR_URL: 'http://localhost:3009/', SIMULATOR_WEBHOOK_SECRET: 'x'.repeat(16) };
const STRIPE = {
  PAYMENT_PROVIDER: 'stripe',
  STRIPE_SECRET_KEY: 'sk_live_abc',
  STRIPE_WEBHOOK_SECRET: `whsec_${'x'.repeat(32)}`,
};

function problems(env: Record<string, string>): string[] {
  try {
    readConfig(paymentService.config, env);
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
}

/** The keys that are named when the settings are wrong. */
function wrongKeys(env: Record<string, string>): string[] {
  return problems(env)
    .map((problem) => problem.split(':')[0] ?? '')
    .toSorted();
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

test('a live key is never sent in plain text', () => {
  const STRIPE_API_BASE = 'http://localhost:12111';
  expect(wrongKeys({ ...COMMON, ...STRIPE, STRIPE_API_BASE })).toEqual(['STRIPE_API_BASE']);
  expect(wrongKeys({ ...COMMON, ...STRIPE, STRIPE_SECRET_KEY: 'sk_test_abc', STRIPE_API_BASE })).toEqual([]);
});

describe('secrets in files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payment-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  const { STRIPE_SECRET_KEY: KEY, STRIPE_WEBHOOK_SECRET: SECRET } = STRIPE;
  const inFiles = async () => ({
    ...COMMON,
    PAYMENT_PROVIDER: 'stripe',
    STRIPE_SECRET_KEY_FILE: await file('key', `${KEY}\n`),
    STRIPE_WEBHOOK_SECRET_FILE: await file('secret', `${SECRET}\n`),
  });

  test('are read, and read again', async () => {
    const env = await inFiles();
    const settings = readConfig(paymentService.config, env) as unknown as Record<string, { current(): unknown }>;
    const current = () => [settings['STRIPE_SECRET_KEY']?.current(), settings['STRIPE_WEBHOOK_SECRET']?.current()];
    expect(current()).toEqual([KEY, [SECRET]]);
    await file('secret', `${SECRET}new\r\n\n ${SECRET}\n`);
    await file('key', 'rk_live_next');
    expect(current()).toEqual(['rk_live_next', [`${SECRET}new`, SECRET]]);
    for (const wrong of ['', 'hunter22', `${SECRET}\n${SECRET}a\n${SECRET}b`]) {
      await file('secret', wrong);
      expect(current()[1]).toEqual([`${SECRET}new`, SECRET]);
    }
    await rm(join(folder, 'secret'));
    expect(current()[1]).toEqual([`${SECRET}new`, SECRET]);
    await file('secret', SECRET);
    expect(current()[1]).toEqual([SECRET]);
  });

  test('a live key that comes into the file later is not used where it would be sent in plain text', async () => {
    const env = { ...(await inFiles()), STRIPE_API_BASE: 'http://localhost:12111' };
    expect(wrongKeys(env)).toEqual(['STRIPE_API_BASE']);
    await file('key', 'sk_test_abc');
    const settings = readConfig(paymentService.config, env) as unknown as Record<string, { current(): unknown }>;
    await file('key', 'sk_live_abc');
    expect(settings['STRIPE_SECRET_KEY']?.current()).toBe('sk_test_abc');
    await file('key', 'sk_test_next');
    expect(settings['STRIPE_SECRET_KEY']?.current()).toBe('sk_test_next');
  });

  test('F39 that are missing, empty or wrong, or given twice, are all named at once, and no value is shown', async () => {
    const env = {
      ...(await inFiles()),
      STRIPE_SECRET_KEY: 'sk_live_hunter22',
      STRIPE_WEBHOOK_SECRET_FILE: await file('empty', '\n'),
      API_KEYS_FILE: await file('keys', '[{"name":"a","key":"hunter22"}]'),
      JWT_JWKS: await file('jwks', 'hunter22'),
      DATABASE_PASSWORD_FILE: '/none',
    };
    expect(problems(env).toSorted()).toEqual([
      expect.stringMatching(/^API_KEYS_FILE: .*hashes.*keys$/u),
      'DATABASE_PASSWORD_FILE: cannot be read: /none: ENOENT',
      `JWT_JWKS: must be a JSON Web Key Set: ${folder}/jwks`,
      'STRIPE_SECRET_KEY: is given twice: by value and as …_FILE',
      `STRIPE_WEBHOOK_SECRET_FILE: is empty: ${folder}/empty`,
    ]);
    expect(problems(env).join()).not.toContain('hunter22');
    expect(problems({ ...env, STRIPE_WEBHOOK_SECRET_FILE: await file('wrong', 'hunter22') })).toContain(
      `STRIPE_WEBHOOK_SECRET_FILE: must be the signing secret of an endpoint: whsec_…: ${folder}/wrong`,
    );
    expect(problems({ ...COMMON, ...SIMULATOR, SIMULATOR_WEBHOOK_SECRET: `${'x'.repeat(16)}\nhunter22` })).toEqual([
      'SIMULATOR_WEBHOOK_SECRET: must be of 16 characters or more',
    ]);
    const three = ['x', 'y', 'z'].map((text) => text.repeat(16)).join('\n');
    expect(problems({ ...COMMON, ...SIMULATOR, SIMULATOR_WEBHOOK_SECRET: three })).toEqual([
      'SIMULATOR_WEBHOOK_SECRET: must hold 2 or fewer, one a line',
    ]);
  });
});
