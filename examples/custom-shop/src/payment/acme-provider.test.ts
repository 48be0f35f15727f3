import { describe, expect, test } from '@jest/globals';
import { readConfig } from '@outrider/service-kit/config';
import { paymentProviderContract } from '@outrider/payment/testing';
import { acmeUnderTest } from '../testing/acme-under-test.js';
import { shopPaymentService } from './payment-service.js';

paymentProviderContract('acme', acmeUnderTest, ['list']);

describe('the payment service of the shop', () => {
  const env = {
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    KAFKA_BROKERS: '127.0.0.1:1',
    PORT: '1',
    ADMIN_PORT: '2',
    JWT_ISSUER: 'x',
    JWT_AUDIENCE: 'x',
    JWT_JWKS: 'https://issuer.example/keys',
    PAYMENT_PROVIDER: 'acme',
  };
  const acme = { ACME_URL: 'https://acme.example', ACME_TOKEN: 'a token of the test' };

  test('takes the shop’s provider by its name, with its settings', () => {
    expect(readConfig(shopPaymentService.config, { ...env, ...acme })).toMatchObject({
      ...acme,
      PAYMENT_PROVIDER: 'acme',
    });
  });

  test('names what is missing of them, and the providers that there are', () => {
    expect(() => readConfig(shopPaymentService.config, env)).toThrow(/ACME_URL[^]*ACME_TOKEN/u);
    expect(() => readConfig(shopPaymentService.config, { ...env, PAYMENT_PROVIDER: 'acne' })).toThrow(
      'must be simulator or stripe or acme',
    );
  });
});
