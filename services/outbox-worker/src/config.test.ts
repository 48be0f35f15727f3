import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readWorkerConfig, relaySettings } from './config.js';

const good = {
  DATABASE_URLS: 'order=postgres://u:secret@a/order,\n payment=postgresql://u:secret@b:5433/payment\n',
  KAFKA_BROKERS: 'k1:9092,k2:9092',
  ADMIN_PORT: '9005',
};

test('reads databases by name, and has defaults for the rest', () => {
  const config = readWorkerConfig(good);
  expect(config.databases.map(({ name, server }) => [name, server.name])).toEqual([
    ['order', 'u@a:5432/order'],
    ['payment', 'u@b:5433/payment'],
  ]);
  expect(config.databases[0]?.server.connection().password).toBe('secret');
  expect(config).toMatchObject({
    DATABASE_POOLED: false,
    KAFKA: { brokers: ['k1:9092', 'k2:9092'], tls: undefined, sasl: undefined },
    KAFKA_TOPIC_PREFIX: '',
    LEASE_MS: 10_000,
    LOG_LEVEL: 'info',
  });
});

test('F39 names every wrong key at once and shows no secret', () => {
  let message = '';
  try {
    readWorkerConfig({
      DATABASE_URLS:
        'order=mysql://u:secret@a/order,order2,payment=postgres://u@a/p,payment=postgres://u:secret@b/p,' +
        'product=postgres://u:secret@c/p?ssl=yes',
      LEASE_MS: 'long',
      ADMIN_PORT: '0',
    });
  } catch (error) {
    message = (error as Error).message;
  }
  for (const word of [
    'DATABASE_URLS: the URL of order must be a URL that starts with postgres://',
    'DATABASE_URLS: the URL of product has a parameter that is not understood: ssl',
    'DATABASE_URLS: pair 2 must be',
    'DATABASE_URLS: payment is given twice',
    'KAFKA_BROKERS: is missing',
    'LEASE_MS: must be a number',
    'ADMIN_PORT',
  ]) {
    expect(message).toContain(word);
  }
  expect(message).not.toContain('secret');
});

test('F14 events are not kept so long that a replayed one outlives the ids of its consumers', () => {
  expect(readWorkerConfig({ ...good, RETENTION_DAYS: '7' })).toMatchObject({ RETENTION_DAYS: 7 });
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '8' })).toThrow(
    'RETENTION_DAYS: must be 7 at most: an event replayed after 8 days lies in its topic for another 7 + 1, ' +
      'with 1 to spare 17 days, and readers know its id for 16',
  );
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '14' })).toThrow('RETENTION_DAYS: must be 7 at most');
  expect(() => readWorkerConfig({ ...good, RETENTION_DAYS: '1' })).toThrow('RETENTION_DAYS');
});

test('relays get the settings of those names', () => {
  const given = { LEASE_MS: '501', SAFE_FLOOR: 'true', CONNECTION_MAX_AGE_MS: '502' };
  expect(relaySettings(readWorkerConfig({ ...good, ...given }))).toEqual({
    leaseMs: 501,
    safeFloor: true,
    connectionMaxAgeMs: 502,
  });
  expect(relaySettings(readWorkerConfig(good)).safeFloor).toBe(false);
});

test('databases come from a folder, or from URLs, and not from both', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-worker-'));
  try {
    await mkdir(join(folder, 'order'));
    await writeFile(join(folder, 'order', 'uri'), 'postgres://relay:secret@db/order');
    const { DATABASE_URLS: urls, ...rest } = good;
    expect(readWorkerConfig({ ...rest, DATABASES_DIR: folder }).databases.map(({ server }) => server.name)).toEqual([
      'relay@db:5432/order',
    ]);
    expect(() => readWorkerConfig(rest)).toThrow('DATABASE_URLS: is missing: give it, or DATABASES_DIR');
    expect(() => readWorkerConfig({ ...rest, DATABASE_URLS: urls, DATABASES_DIR: folder })).toThrow(
      'DATABASE_URLS: is given beside DATABASES_DIR: give one of them',
    );
    expect(() => readWorkerConfig({ ...rest, DATABASES_DIR: join(folder, 'none') })).toThrow(
      'DATABASES_DIR: cannot be read',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('F39 databases that are missing are named beside what else is', () => {
  for (const key of [
    'DATABASE_URLS: is missing: give it, or DATABASES_DIR',
    'KAFKA_BROKERS: is missing',
    'ADMIN_PORT',
  ]) {
    expect(() => readWorkerConfig({})).toThrow(key);
  }
});

test('F48 the URLs are read from a file, and read again at each connection', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'worker-config-'));
  const file = join(folder, 'urls');
  const { DATABASE_URLS: urls, ...others } = good;
  const env = { ...others, DATABASE_URLS_FILE: file };
  await writeFile(file, urls);
  const { databases } = readWorkerConfig(env);
  const passwords = () => databases.map(({ server }) => server.connection().password);
  expect(databases.map(({ name }) => name)).toEqual(['order', 'payment']);
  await writeFile(file, urls.replace('order=postgres://u:secret@', 'order=postgres://u:next@'));
  expect(passwords()).toEqual(['next', 'secret']);
  for (const wrong of ['', 'order=mysql://u:hunter22@a/order', 'product=postgres://u:x@a/b']) {
    await writeFile(file, wrong);
    expect(passwords()).toEqual(['next', 'secret']);
  }
  await writeFile(file, 'order=mysql://u:hunter22@a/order');
  expect(() => readWorkerConfig(env)).toThrow(
    `DATABASE_URLS_FILE: the URL of order must be a URL that starts with postgres:// or postgresql://: ${file}`,
  );
  expect(() => readWorkerConfig({ ...env, ...good })).toThrow('DATABASE_URLS');
  await rm(file);
  expect(() => readWorkerConfig(env)).toThrow(`DATABASE_URLS_FILE: cannot be read: ${file}: ENOENT`);
  await writeFile(file, urls);
  expect(() => readWorkerConfig({ ...env, ...good })).toThrow('DATABASE_URLS: is given twice: by value and as …_FILE');
  await rm(folder, { recursive: true });
});
