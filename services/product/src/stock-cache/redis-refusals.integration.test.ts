import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, InfraError, OwnRedis, startTcpProxy, until, type TcpProxy } from '@outrider/testkit';
import { Redis } from 'ioredis';
import { redisAt, redisSettings } from '@outrider/connections';
import { readConfig } from '@outrider/service-kit/config';
import { z } from 'zod';
import { RedisStock } from './redis-stock.js';

// Where there is Docker and nothing else, no server can be had whose settings a test may change.
const own = await OwnRedis.open().catch((error: unknown) => {
  if (error instanceof InfraError) return undefined;
  throw error;
});

(own === undefined ? describe.skip : describe)('a Redis that answers and refuses (needs a Redis server)', () => {
  let other: OwnRedis;
  /** the address that the service has for Redis */
  let name: TcpProxy;
  let client: Redis;
  let stock: RedisStock;
  let connections: number;
  let lines: string[];

  beforeAll(async () => {
    other = await OwnRedis.open();
    client = new Redis(own!.url);
    client.on('error', () => {});
  });
  beforeEach(async () => {
    lines = [];
    connections = 0;
    name = await startTcpProxy(own!.url);
    stock = new RedisStock({
      server: redisAt(name.url),
      prefix: '',
      timeoutMs: 1_000,
      quietMs: 0,
      log: { info: (_, message) => lines.push(message), warn: (_, message) => lines.push(message) },
      connected: () => (connections += 1),
    });
    await until('connected', () => stock.ready);
  });
  afterAll(async () => {
    client.disconnect();
    await own![Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  const BEGIN = 'Redis is unavailable; stock is read from the database';
  const END = 'Redis is available again';
  const level = { version: 1, available: 1, asOf: 1 };
  const write = () => stock.write(1, new Map([['a', level]]), 30_000);

  /** It is tried again and again, without success, until `repair`; that is one line at the beginning and one at the end. */
  async function outage(repair: () => Promise<unknown>): Promise<void> {
    const before = await received();
    await until('it has been tried again', async () => (await received()) > before + 3);
    expect(stock.ready).toBe(false);
    expect(lines).toEqual(['connected to Redis', BEGIN]);
    expect(connections).toBe(1);
    await repair();
    await until('it is used again', () => stock.ready);
    await write();
    expect(lines).toEqual(['connected to Redis', BEGIN, END]);
    // what it holds may be old
    expect(connections).toBe(2);
    await stock.close();
    await name.close();
  }

  const received = async (): Promise<number> => {
    const counts = await Promise.all(
      [client, ...replicas].map(async (at) => /total_connections_received:(\d+)/u.exec(await at.info('stats'))?.[1]),
    );
    return counts.reduce((sum, count) => sum + Number(count), 0);
  };
  const replicas: Redis[] = [];

  test('F32 F47 READONLY: the name led to a replica, and leads to the primary now', async () => {
    const replica = new Redis(other.url);
    replicas.push(replica);
    try {
      await replica.replicaof('127.0.0.1', Number(new URL(own!.url).port));
      await until('it follows', async () => (await replica.info('replication')).includes('master_link_status:up'));
      name.lead(other.url);
      await name.cut();
      await name.restore();
      await outage(async () => name.lead(own!.url));
    } finally {
      replicas.pop();
      await replica.replicaof('NO', 'ONE');
      replica.disconnect();
    }
  });

  test('F32 F47 READONLY: it became a replica under an open connection', async () => {
    await client.replicaof('127.0.0.1', await freePort());
    await expect(write()).rejects.toThrow('READONLY');
    await outage(() => client.replicaof('NO', 'ONE'));
  });

  test('F32 OOM: it is full', async () => {
    await client.config('SET', 'maxmemory', '1');
    await expect(write()).rejects.toThrow('OOM');
    await outage(() => client.config('SET', 'maxmemory', '0'));
  });

  test('F32 F47 NOREPLICAS: a primary whose replicas are gone, in whose place another may be by now', async () => {
    await client.config('SET', 'min-replicas-to-write', '1');
    await expect(write()).rejects.toThrow('NOREPLICAS');
    await outage(() => client.config('SET', 'min-replicas-to-write', '0'));
  });

  test('F32 MISCONF: it cannot save, and takes nothing more', async () => {
    const [, dir = ''] = await client.config('GET', 'dir');
    const [, file = ''] = await client.config('GET', 'dbfilename');
    await mkdir(join(dir, 'no-file'));
    await client.config('SET', 'dbfilename', 'no-file');
    await client.config('SET', 'save', '3600 1');
    await client.bgsave();
    await until('it could not save', async () =>
      (await client.info('persistence')).includes('rdb_last_bgsave_status:err'),
    );
    await expect(write()).rejects.toThrow('MISCONF');
    await outage(async () => {
      await client.config('SET', 'save', '');
      await client.config('SET', 'dbfilename', file);
    });
  });

  test('F32 MASTERDOWN: a replica without its primary', async () => {
    await client.config('SET', 'replica-serve-stale-data', 'no');
    await client.replicaof('127.0.0.1', await freePort());
    await expect(stock.read(1, ['a'])).rejects.toThrow('MASTERDOWN');
    await outage(() => client.replicaof('NO', 'ONE'));
    await client.config('SET', 'replica-serve-stale-data', 'yes');
  });

  test('F32 F48 NOAUTH: it wants another password now', async () => {
    await client.config('SET', 'requirepass', 'changed');
    await name.cut();
    await name.restore();
    await outage(() => client.config('SET', 'requirepass', ''));
  });

  /** Connects as the settings say, has `change` exchange what they lead to, and waits until it is connected again. */
  async function exchanged(settings: NodeJS.ProcessEnv, change: () => Promise<unknown>): Promise<void> {
    const { REDIS } = readConfig(z.object({ REDIS: redisSettings }), settings);
    const log = { info: () => {}, warn: () => {} };
    const rotated = new RedisStock({
      server: REDIS,
      prefix: '',
      timeoutMs: 1_000,
      quietMs: 0,
      log,
      connected: () => {},
    });
    try {
      await until('connected with the first', () => rotated.ready);
      await change();
      await name.cut();
      await until('it has lost its connection', () => !rotated.ready);
      await name.restore();
      await until('connected with the second', () => rotated.ready);
      await rotated.write(1, new Map([['a', level]]), 30_000);
    } finally {
      await rotated.close();
    }
  }

  test('F48 another password in its file: the next connection asks with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'outrider-redis-password-'));
    const file = join(folder, 'password');
    const { hostname, port } = new URL(name.url);
    await stock.close();
    await writeFile(file, 'one\n');
    await client.config('SET', 'requirepass', 'one');
    try {
      await exchanged({ REDIS_URL: `redis://${hostname}:${port}`, REDIS_PASSWORD_FILE: file }, async () => {
        await client.config('SET', 'requirepass', 'two');
        await writeFile(file, 'two\n');
      });
    } finally {
      await client.config('SET', 'requirepass', '');
      await name.close();
      await rm(folder, { recursive: true });
    }
  });

  test('F48 another URL in its file: one that is no URL is not taken, one without a user asks without one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'outrider-redis-url-'));
    const file = join(folder, 'url');
    const at = name.url.replace('redis://', '');
    await stock.close();
    await client.acl('SETUSER', 'shop', 'on', '>one%', '~*', '+@all');
    await writeFile(file, `redis://shop:one%25@${at}\n`);
    try {
      await exchanged({ REDIS_URL_FILE: file }, () => writeFile(file, `redis://shop:one%@${at}`));
      await writeFile(file, `redis://shop:one%25@${at}\n`);
      await exchanged({ REDIS_URL_FILE: file }, async () => {
        await client.config('SET', 'requirepass', 'two%');
        await client.acl('DELUSER', 'shop');
        await writeFile(file, `redis://:two%25@${at}`);
      });
    } finally {
      await client.config('SET', 'requirepass', '');
      await name.close();
      await rm(folder, { recursive: true });
    }
  });

  test('F48 a connection ends in time, and no call fails by it', async () => {
    await stock.close();
    let made = 0;
    const aged = new RedisStock({
      server: redisAt(name.url),
      prefix: '',
      timeoutMs: 1_000,
      maxAgeMs: 200,
      log: { info: () => {}, warn: () => {} },
      connected: () => (made += 1),
    });
    const ids = async (): Promise<string[]> =>
      ((await client.client('LIST')) as string)
        .split('\n')
        .filter((line) => line.includes('name=outrider-product'))
        .map((line) => line.split(' ')[0] ?? '');
    try {
      await until('connected', () => aged.ready);
      const [first] = await ids();
      const calls: Promise<unknown>[] = [];
      await until('there have been five connections', () => {
        if (aged.ready) calls.push(aged.read(1, ['a']), aged.write(1, new Map([['a', level]]), 30_000));
        return made >= 5;
      });
      await Promise.all(calls);
      expect(calls.length).toBeGreaterThan(made);
      expect(await ids()).not.toContain(first);
    } finally {
      await aged.close();
      await name.close();
    }
  });
});
