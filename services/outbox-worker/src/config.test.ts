import { expect, test } from '@jest/globals';
import { readWorkerConfig, relaySettings } from './config.js';

const good = {
  DATABASE_URLS: 'order=postgres://u:secret@a/order,\n payment=postgresql://u:secret@b:5433/payment\n',
  KAFKA_BROKERS: 'k1:9092,k2:9092',
  ADMIN_PORT: '9005',
};

test('reads databases by name, and has defaults for the rest', () => {
  expect(readWorkerConfig(good)).toMatchObject({
    DATABASE_URLS: [
      { name: 'order', url: 'postgres://u:secret@a/order' },
      { name: 'payment', url: 'postgresql://u:secret@b:5433/payment' },
    ],
    DATABASE_POOLED: false,
    KAFKA_BROKERS: ['k1:9092', 'k2:9092'],
    KAFKA_TOPIC_PREFIX: '',
    LEASE_MS: 10_000,
    LOG_LEVEL: 'info',
  });
});

test('F39 names every wrong key at once and shows no secret', () => {
  let message = '';
  try {
    readWorkerConfig({
      DATABASE_URLS: 'order=mysql://u:secret@a/order,order2,payment=postgres://a/p,payment=postgres://u:secret@b/p',
      LEASE_MS: 'long',
      ADMIN_PORT: '0',
    });
  } catch (error) {
    message = (error as Error).message;
  }
  for (const word of [
    'DATABASE_URLS: order must have',
    'DATABASE_URLS: pair 2 must be',
    'DATABASE_URLS: payment is there twice',
    'KAFKA_BROKERS: is missing',
    'LEASE_MS: must be a number',
    'ADMIN_PORT',
  ]) {
    expect(message).toContain(word);
  }
  expect(message).not.toContain('secret');
});

test('F14 events are not kept so long that one that is replayed outlives the ids of its readers', () => {
  expect(readWorkerConfig({ ...good, RETENTION_DAYS: '7' })).toMatchObject({ RETENTION_DAYS: 7 });
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '8' })).toThrow(
    'RETENTION_DAYS: must be 7 at most: an event replayed after 8 days lies in its topic for another 7 + 1, ' +
      'with 1 to spare 17 days, and readers know its id for 16',
  );
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '14' })).toThrow('RETENTION_DAYS: must be 7 at most');
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '1' })).toThrow('RETENTION_DAYS');
});

test('relays work as the settings of those names say', () => {
  const given = { LEASE_MS: '501', SAFE_FLOOR: 'true', CONNECTION_MAX_AGE_MS: '502' };
  expect(relaySettings(readWorkerConfig({ ...good, ...given }))).toEqual({
    leaseMs: 501,
    safeFloor: true,
    connectionMaxAgeMs: 502,
  });
  expect(relaySettings(readWorkerConfig(good)).safeFloor).toBe(false);
});
