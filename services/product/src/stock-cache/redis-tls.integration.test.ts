import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { redisSettings } from '@outrider/connections';
import { readConfig } from '@outrider/service-kit/config';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { InfraError, OwnRedis, startTcpProxy, until } from '@outrider/testkit';
import { createAuthority, type CertificateAuthority } from '@outrider/testkit/certificates';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { productService } from '../product.module.js';
import { openShop } from '../testing/shop.js';
import { RedisStock } from './redis-stock.js';

const PASSWORD = 'of-the-servers';
const SENTINEL_PASSWORD = 'of-the-sentinels';

const authority = await createAuthority();
// Where there is Docker and nothing else, no server can be had that is set up so.
const own = await OwnRedis.open({
  certificate: await authority.issue({ name: 'redis', hosts: ['localhost'] }),
  authority: authority.cert,
  password: PASSWORD,
}).catch((error: unknown) => {
  if (error instanceof InfraError) return undefined;
  throw error;
});

let folder: string;
let stranger: CertificateAuthority;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-redis-tls-'));
  stranger = await createAuthority('stranger');
  const [client, foreign] = await Promise.all([
    authority.issue({ name: 'product' }),
    stranger.issue({ name: 'product' }),
  ]);
  await write({
    'ca.crt': authority.cert,
    'other-ca.crt': stranger.cert,
    'tls.crt': client.cert,
    'tls.key': client.key,
    'other.crt': foreign.cert,
    'other.key': foreign.key,
    password: PASSWORD,
  });
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await own?.[Symbol.asyncDispose]();
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const env = (address: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  REDIS_URL: `rediss://${address}`,
  REDIS_PASSWORD_FILE: join(folder, 'password'),
  REDIS_CA_FILE: join(folder, 'ca.crt'),
  ...more,
});

/** The stock cache that a product service would have, and what it says of Redis. */
function stockOf(settings: NodeJS.ProcessEnv): { stock: RedisStock; faults: string[] } {
  const faults: string[] = [];
  const stock = new RedisStock({
    server: readConfig(z.object({ REDIS: redisSettings }), settings).REDIS,
    prefix: '',
    timeoutMs: 1_000,
    log: { info: () => {}, warn: (fields) => faults.push(String((fields as { err?: unknown }).err)) },
    connected: () => {},
  });
  closing.push(() => stock.close());
  return { stock, faults };
}

const LEVEL = { version: 1, available: 7, asOf: 1 };

async function isUsed(settings: NodeJS.ProcessEnv): Promise<void> {
  const { stock, faults } = stockOf(settings);
  await until(`connected: ${faults.join()}`, () => stock.ready);
  await stock.write(1, new Map([['a', LEVEL]]), 30_000);
  expect(await stock.read(1, ['a'])).toEqual(new Map([['a', LEVEL]]));
}

async function isRefused(settings: NodeJS.ProcessEnv, why: RegExp): Promise<void> {
  const { stock, faults } = stockOf(settings);
  await until('it is refused', () => faults.length > 0);
  expect(faults[0]).toMatch(why);
  expect(stock.ready).toBe(false);
}

(own === undefined ? describe.skip : describe)('a Redis that speaks TLS (needs a Redis server)', () => {
  test('is used with its authority, and with a certificate of the client’s own', async () => {
    await isUsed(env(own!.address));
    await isUsed(
      env(own!.address, { REDIS_CERT_FILE: join(folder, 'tls.crt'), REDIS_KEY_FILE: join(folder, 'tls.key') }),
    );
  });

  test('F39 is not used with another authority, under another name, or by a stranger', async () => {
    await isRefused(env(own!.address, { REDIS_CA_FILE: join(folder, 'other-ca.crt') }), /certificate|issuer/u);
    await isRefused(env(own!.address, { REDIS_CA_FILE: '' }), /certificate|issuer/u);
    // the same server by an address that is not in its certificate
    await isRefused(env(own!.address.replace('localhost', '127.0.0.1')), /altnames|IP: 127\.0\.0\.1/u);
    await isRefused(
      env(own!.address, { REDIS_CERT_FILE: join(folder, 'other.crt'), REDIS_KEY_FILE: join(folder, 'other.key') }),
      /alert|closed|ECONNRESET/iu,
    );
    await write({ wrong: 'no password of it' });
    await isRefused(env(own!.address, { REDIS_PASSWORD_FILE: join(folder, 'wrong') }), /WRONGPASS/u);
  });

  test('F39 connections that are ended while TLS is being agreed on do no harm', async () => {
    const settings = [
      env(own!.address, { REDIS_CA_FILE: join(folder, 'other-ca.crt') }),
      env(own!.address, { REDIS_CERT_FILE: join(folder, 'other.crt'), REDIS_KEY_FILE: join(folder, 'other.key') }),
      env(own!.address),
    ];
    const end = async (after: number): Promise<void> => {
      const { stock } = stockOf(settings[after % settings.length] ?? {});
      await new Promise((resolve) => setTimeout(resolve, after / 2));
      await stock.close();
    };
    // an error that nobody listens to is a failure of the test
    for (let round = 0; round < 8; round += 1) await Promise.all(Array.from({ length: 60 }, (_, after) => end(after)));
    await isUsed(env(own!.address));
  });

  test('F39 nothing is sent in plain text: not to it, and not to one that speaks no TLS', async () => {
    const proxy = await startTcpProxy(`rediss://${own!.address}`);
    closing.push(() => proxy.close());
    const passed = proxy.record();
    await isUsed(env(`localhost:${new URL(proxy.url).port}`));
    expect(passed().length).toBeGreaterThan(500);
    expect(passed().toString('latin1')).not.toMatch(/of-the-servers|stock:|AUTH/iu);

    const plain = await OwnRedis.open();
    closing.push(() => plain[Symbol.asyncDispose]());
    const before = await startTcpProxy(plain.url);
    closing.push(() => before.close());
    const sent = before.record();
    await isRefused(env(`localhost:${new URL(before.url).port}`), /SSL|TLS|ssl|wrong version|closed|ECONN|ETIMEDOUT/u);
    expect(sent().toString('latin1')).not.toMatch(/of-the-servers|AUTH/iu);
  });
});

(own === undefined ? describe.skip : describe)('a primary that Sentinels name (needs a Redis server)', () => {
  let service: TestService | undefined;
  afterAll(() => service?.close());

  test('F47 F48 fails over while stock is read and changed: every request is answered, and the new primary is used', async () => {
    const replica = await own!.replica();
    const sentinel = await own!.sentinel('stock', SENTINEL_PASSWORD);
    await write({ sentinel: SENTINEL_PASSWORD });
    const settings = env('by-name', {
      REDIS_SENTINELS: sentinel.address,
      REDIS_SENTINEL_NAME: 'stock',
      REDIS_SENTINEL_PASSWORD_FILE: join(folder, 'sentinel'),
    });
    const client = new Redis(replica.url, { tls: { ca: authority.cert } });
    client.on('error', () => {});
    closing.push(async () => client.disconnect());
    const role = async () => ((await client.role()) as [string])[0];
    await until('the replica follows', async () =>
      (await client.info('replication')).includes('master_link_status:up'),
    );
    const watched = new Redis(sentinel.url, { tls: { ca: authority.cert } });
    watched.on('error', () => {});
    closing.push(async () => watched.disconnect());
    await until('the Sentinel knows the replica', async () => {
      const known = (await watched.call('SENTINEL', 'replicas', 'stock')) as string[][];
      return known.length === 1 && known[0]?.[known[0].indexOf('master-link-status') + 1] === 'ok';
    });

    service = await startTestService(productService, {
      env: { ...settings, REDIS_TIMEOUT_MS: '1000', GENERATION_POLL_MS: '100' },
    });
    const shop = await openShop(service);
    const product = await shop.registered();
    let version = 1;
    await shop.stock(product.id, version, 1);
    await shop.held(product.id, version);

    const inCache = async (): Promise<boolean> => {
      const before = await shop.metric('product_cache_hits_total');
      await shop.read(product.id);
      return (await shop.metric('product_cache_hits_total')) > before;
    };
    await until('stock is read from the first primary', inCache);
    const stop = new AbortController();
    const reading = (async () => {
      while (!stop.signal.aborted) expect((await shop.read(product.id)).stock).toBeGreaterThan(0);
    })();
    await own!.kill();
    while (version < 20) {
      version += 1;
      await shop.stock(product.id, version, version);
    }
    await until('the replica is the primary', async () => (await role()) === 'master');
    await until('stock is read from the new primary', inCache);
    await until('what was changed is shown', async () => (await shop.read(product.id)).stock === version);
    stop.abort();
    await reading;
  });
});
