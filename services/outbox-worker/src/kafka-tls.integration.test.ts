import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { plainKafka, platformaticOptions, type KafkaServer } from '@outrider/connections';
import { TOPICS } from '@outrider/contracts';
import { KafkaEventConsumer } from '@outrider/inbox';
import type { OutgoingEvent, PublisherLane } from '@outrider/outbox';
import { createConsumerClient, createKafka } from '@outrider/service-kit/kafka';
import { createLogger } from '@outrider/service-kit/logging';
import { OwnKafka, startTcpProxy, until } from '@outrider/testkit';
import { createAuthority, type CertificateAuthority } from '@outrider/testkit/certificates';
import { Admin, alterUserScramCredentialsV0 } from '@platformatic/kafka';
import kafkajs, { type AclEntry } from 'kafkajs';
import { readWorkerConfig } from './config.js';
import { publishersOf } from './publishers-of.js';

type ScramDeletion = Parameters<typeof alterUserScramCredentialsV0.api.async>[1][number];
type ScramUpsertion = Parameters<typeof alterUserScramCredentialsV0.api.async>[2][number];

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const CLIENTS = ['kafkajs', 'platformatic'] as const;
const TOPIC = 'order-event';
const PREFIX = 'secure.';
const log = createLogger('test', 'silent');

let folder: string;
let authority: CertificateAuthority;
let kafka: OwnKafka;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-kafka-tls-'));
  authority = await createAuthority();
  const stranger = await createAuthority('stranger');
  const [certificate, worker] = await Promise.all([
    authority.issue({ name: 'kafka', hosts: ['localhost', '127.0.0.1'] }),
    authority.issue({ name: 'worker' }),
  ]);
  kafka = await OwnKafka.open({
    certificate,
    authority: authority.cert,
    adminPassword: 'admin-password',
    passwords: {
      worker: 'worker-password',
      order: 'order-password',
      worker2: 'worker2-password',
      order2: 'order2-password',
    },
  });
  await write({
    'ca.crt': authority.cert,
    'other-ca.crt': stranger.cert,
    'tls.crt': worker.cert,
    'tls.key': worker.key,
    password: 'worker-password\n',
  });
  const admin = createKafka({ clientId: 'test', server: serverOf(login('admin', 'admin-password')), log }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: PREFIX + TOPIC, numPartitions: TOPICS[TOPIC].partitions }] });
  const allow = (
    principal: string,
    operation: AclEntry['operation'],
    resourceType: AclEntry['resourceType'],
    resourceName: string,
  ): AclEntry => ({
    principal: `User:${principal}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
  });
  await admin.createAcls({
    acl: [
      allow('worker', AclOperationTypes.WRITE, AclResourceTypes.TOPIC, PREFIX),
      allow('order', AclOperationTypes.READ, AclResourceTypes.TOPIC, PREFIX + TOPIC),
      allow('order', AclOperationTypes.READ, AclResourceTypes.GROUP, PREFIX),
      allow('worker2', AclOperationTypes.WRITE, AclResourceTypes.TOPIC, PREFIX),
      allow('order2', AclOperationTypes.READ, AclResourceTypes.TOPIC, PREFIX + TOPIC),
      allow('order2', AclOperationTypes.READ, AclResourceTypes.GROUP, PREFIX),
    ],
  });
  await admin.disconnect();
  // a rule holds some time after it was answered
  await until('the broker takes the login', async () => (await send(login('worker', 'worker-password'))) === 'sent');
}, 180_000);
afterAll(async () => {
  await kafka?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

function login(user: string, password: string): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: kafka.broker,
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: join(folder, 'ca.crt'),
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME: user,
    KAFKA_PASSWORD: password,
  };
}

const configOf = (env: NodeJS.ProcessEnv) =>
  readWorkerConfig({
    DATABASE_URLS: 'order=postgres://u@db/order',
    ADMIN_PORT: '1',
    KAFKA_TOPIC_PREFIX: PREFIX,
    ...env,
  });
const serverOf = (env: NodeJS.ProcessEnv): KafkaServer => configOf(env).KAFKA;

let numbers = 0;
function event(): OutgoingEvent {
  numbers += 1;
  return {
    eventId: `event-${numbers}`,
    key: `key-${numbers}`,
    topic: TOPIC,
    payload: `{"n":${numbers}}`,
    headers: '{}',
  };
}

async function lane(env: NodeJS.ProcessEnv): Promise<PublisherLane> {
  const publishers = await publishersOf(configOf(env));
  const opened = publishers(log).open();
  await opened.prepare([TOPIC]);
  return opened;
}

/** Sends one event; 'sent', or why not. */
async function send(env: NodeJS.ProcessEnv): Promise<string> {
  const opened = await lane(env);
  try {
    await opened.send([event()]);
    return 'sent';
  } catch (error) {
    return String(error);
  } finally {
    await opened.close();
  }
}

describe.each(CLIENTS)('%s', (client) => {
  const by = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, KAFKA_CLIENT: client });

  test('a worker that may write publishes with a password or a certificate, and a service that may read receives', async () => {
    const sent = [event(), event()];
    const [one, other] = [
      await lane(by(login('worker', 'worker-password'))),
      await lane(
        by({
          KAFKA_BROKERS: kafka.certificateBroker,
          KAFKA_TLS: 'true',
          KAFKA_CA_FILE: join(folder, 'ca.crt'),
          KAFKA_CERT_FILE: join(folder, 'tls.crt'),
          KAFKA_KEY_FILE: join(folder, 'tls.key'),
        }),
      ),
    ];
    await one.send([sent[0]!]);
    await other.send([sent[1]!]);
    await Promise.all([one.close(), other.close()]);

    const received: string[] = [];
    const consumer = new KafkaEventConsumer({
      client: await createConsumerClient(client, {
        clientId: 'order',
        server: serverOf(login('order', 'order-password')),
        log,
      }),
      groupId: `${PREFIX}${client}`,
      topicPrefix: PREFIX,
      log,
    });
    await consumer.start([TOPIC], {
      positions: async (partitions) => partitions.map((partition) => ({ ...partition, offset: 0n })),
      handle: async (batch) => {
        received.push(...batch.messages.map(({ value }) => String(value)));
        batch.committed(batch.next);
        return { kind: 'done' };
      },
    });
    await until('all have come', () => sent.every(({ payload }) => received.includes(payload)));
    await consumer.stop();
  });

  test('who may only read is refused when it writes', async () => {
    expect(await send(by(login('order', 'order-password')))).toMatch(/authoriz|Authoriz|permi/u);
  });

  test('F39 an authority that is not known, and a wrong password, are refused', async () => {
    const stranger = { ...login('worker', 'worker-password'), KAFKA_CA_FILE: join(folder, 'other-ca.crt') };
    expect(await send(by(stranger))).toMatch(/certificate|connect/iu);
    expect(await send(by(login('worker', 'wrong')))).toMatch(/authentication|SASL|connect/iu);
  });

  test('F48 a password that is wrong in its file is read again: the next connection has the new one', async () => {
    const { KAFKA_PASSWORD: _, ...rest } = login('worker', '');
    const env = by({ ...rest, KAFKA_PASSWORD_FILE: join(folder, 'password') });
    await write({ password: 'an old one' });
    const opened = await lane(env);
    await expect(opened.send([event()])).rejects.toThrow();
    await write({ password: 'worker-password\n' });
    await until('the new password is read', () =>
      opened.send([event()]).then(
        () => true,
        () => false,
      ),
    );
    await opened.close();
  });

  test('F48 connections end in time and nothing fails: after that none lives on a login that was given up', async () => {
    const maxAgeMs = 1_500;
    const loginOf = (user: string) => ({
      ...by(login('', '')),
      KAFKA_USERNAME: '',
      KAFKA_PASSWORD: '',
      KAFKA_USERNAME_FILE: join(folder, `${user}-user`),
      KAFKA_PASSWORD_FILE: join(folder, `${user}-password`),
      CONNECTION_MAX_AGE_MS: String(maxAgeMs),
    });
    // both files in one turn: a connection made in between would take a name with another's password
    const write = (user: string, name: string) => {
      writeFileSync(join(folder, `${user}-user`), name);
      writeFileSync(join(folder, `${user}-password`), `${name}-password`);
    };
    for (const user of ['worker', 'order']) write(user, user);
    const opened = await lane(loginOf('worker'));
    const received: string[] = [];
    const consumer = new KafkaEventConsumer({
      client: await createConsumerClient(client, {
        clientId: 'order',
        server: serverOf(loginOf('order')),
        connectionMaxAgeMs: maxAgeMs,
        log,
      }),
      groupId: `${PREFIX}${client}.aged`,
      topicPrefix: PREFIX,
      log,
    });
    const ends = await endsOf(consumer);
    await consumer.start([TOPIC], {
      positions: async (partitions) => partitions.map((one) => ({ ...one, offset: ends(one) })),
      handle: async (batch) => {
        received.push(...batch.messages.map(({ value }) => String(value)));
        batch.committed(batch.next);
        return { kind: 'done' };
      },
    });
    const sent: string[] = [];
    const stop = new AbortController();
    const sending = (async () => {
      while (!stop.signal.aborted) {
        const one = event();
        await opened.send([one]);
        sent.push(one.payload);
      }
    })();
    try {
      await until('events come', () => received.length > 50);
      const before = await connectionsTo(kafka.broker);
      expect(before.length).toBeGreaterThan(2);
      for (const user of ['worker', 'order']) write(user, `${user}2`);
      await until('the first connections are closed', async () => {
        const now = await connectionsTo(kafka.broker);
        return before.every((port) => !now.includes(port));
      });
      await removeLogins('worker', 'order');
      const soFar = received.length;
      const next = await connectionsTo(kafka.broker);
      await until('the next connections are closed', async () => {
        const now = await connectionsTo(kafka.broker);
        return next.every((port) => !now.includes(port));
      });
      await until('events go on coming', () => received.length > soFar + 50);
    } finally {
      stop.abort();
      await restoreLogins();
    }
    await sending;
    await until('all have come', () => received.length >= sent.length);
    expect(received.toSorted()).toEqual(sent.toSorted());
    await Promise.all([opened.close(), consumer.stop()]);
    await until('no connection is left', async () => (await connectionsTo(kafka.broker)).length === 0);
  });

  test('nothing that is sent to a broker with TLS can be read on the way', async () => {
    const proxy = await startTcpProxy(`kafka://${kafka.broker}`);
    const passed = proxy.record();
    const port = new URL(proxy.url).port;
    const env = by({ ...login('worker', 'worker-password'), KAFKA_BROKERS: `127.0.0.1:${port}` });
    expect(await send(env)).toBe('sent');
    await proxy.close();
    expect(passed().length).toBeGreaterThan(500);
    expect(passed().toString('latin1')).not.toMatch(/worker|secure\.|"n":/u);
  });

  test('the same is there to be read without TLS, and is not sent to a broker without it where TLS is wanted', async () => {
    const passed: Buffer[] = [];
    const { createServer } = await import('node:net');
    const plain = createServer((socket) => {
      socket.on('data', (data) => void passed.push(data));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const address = plain.address();
    const broker = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const opened = await lane(by({ ...login('worker', 'worker-password'), KAFKA_BROKERS: broker }));
    const failed = opened.send([event()]).catch(() => undefined);
    await until('the client speaks', () => passed.length > 0);
    // a TLS handshake record, and nothing of the protocol
    expect(Buffer.concat(passed)[0]).toBe(0x16);
    expect(Buffer.concat(passed).toString('latin1')).not.toMatch(/outrider|worker/u);
    // a producer that never came to connect closes with that error
    await opened.close().catch(() => undefined);
    await failed;
    passed.length = 0;
    const inTheOpen = await lane(by({ KAFKA_BROKERS: broker }));
    const lost = inTheOpen.send([event()]).catch(() => undefined);
    await until('the client id is in what passed', () => Buffer.concat(passed).toString('latin1').includes('outrider'));
    await inTheOpen.close().catch(() => undefined);
    await lost;
    plain.close();
  });
});

test('a cluster in plain text is what it is without settings', () => {
  expect(serverOf({ KAFKA_BROKERS: 'a:1' })).toEqual(plainKafka(['a:1']));
});

/** The ports that connections of this machine come from, to where a broker listens. */
async function connectionsTo(broker: string): Promise<number[]> {
  const port = Number(broker.split(':')[1]);
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/u))
    .filter(([, , remote = '', state]) => state === '01' && Number.parseInt(remote.split(':')[1] ?? '', 16) === port)
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

/** Where the log of each partition ends. */
async function endsOf(consumer: KafkaEventConsumer): Promise<(one: { partition: number }) => bigint> {
  const ranges = await consumer.logRanges([TOPIC]);
  return ({ partition }) => ranges.find((range) => range.partition === partition)?.high ?? 0n;
}

async function withAdmin(deletions: ScramDeletion[], upsertions: ScramUpsertion[]): Promise<void> {
  const admin = new Admin({
    clientId: 'test',
    ...platformaticOptions(serverOf(login('admin', 'admin-password'))),
  });
  await admin.metadata({ topics: [] });
  const [[, connection] = []] = [...admin.connections];
  await alterUserScramCredentialsV0.api.async(connection!, deletions, upsertions);
  await admin.close();
}

const SCRAM_SHA_512 = 2;
const ITERATIONS = 4_096;

const removeLogins = (...names: string[]) =>
  withAdmin(
    names.map((name) => ({ name, mechanism: SCRAM_SHA_512 })),
    [],
  );

const restoreLogins = () =>
  withAdmin(
    [],
    ['worker', 'order'].map((name) => {
      const salt = randomBytes(16);
      const saltedPassword = pbkdf2Sync(`${name}-password`, salt, ITERATIONS, 64, 'sha512');
      return { name, mechanism: SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
    }),
  );
