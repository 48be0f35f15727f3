import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import pg from 'pg';
import { until } from '../until.js';
import { createAuthority } from '../certificates/index.js';
import type { Infra } from '../infra.js';
import { isAlive, Owner } from '../testing/owner.js';
import { createTopics } from '../topics.js';
import { dockerAnswers } from './docker-answers.js';

const engine = await dockerAnswers();
if (!engine) process.stderr.write('  no Docker engine answers: the Docker mode is not tested here\n');

// In a process of its own: the engine's client is not made for jest's module loader.
const list = `
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const found = await dockerode.listContainers({ all: true, filters: { label: ['outrider.infra'] } });
  console.log(JSON.stringify(found.map(({ Id, Ports, Status }) => (
    { id: Id, ports: Ports.map(({ PublicPort }) => PublicPort), status: Status }))));
`;
const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));

async function containers(): Promise<{ id: string; ports: (number | undefined)[]; status: string }[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', list], {
    cwd: packageDirectory,
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  return JSON.parse(stdout) as { id: string; ports: number[]; status: string }[];
}

/** The containers that serve these servers' URLs. */
async function containersOf(infra: Infra): Promise<string[]> {
  const ports = [infra.postgresUrl, `kafka://${infra.brokers[0]}`, infra.redisUrl].map((url) =>
    Number(new URL(url).port),
  );
  const found = (await containers()).filter((container) => container.ports.some((port) => ports.includes(port ?? 0)));
  return found.map(({ id }) => id);
}

async function expectGone(ids: readonly string[], infra: Infra): Promise<void> {
  await until('the containers are gone', async () => !(await containers()).some(({ id }) => ids.includes(id)));
  await until('the keeper has ended', async () => !(await isAlive(infra.pids.keeper!)));
}

(engine ? describe : describe.skip)('servers in containers (needs Docker)', () => {
  const minutes = 6 * 60_000;

  test(
    'all three answer, say their versions, and are removed at the end',
    async () => {
      const owner = Owner.run('wait', { durable: false }, { INFRA: 'docker' });
      const infra = await owner.infra();
      expect(infra.mode).toEqual({ postgres: 'docker', kafka: 'docker', redis: 'docker' });
      for (const line of owner.lines) process.stderr.write(`  ${line}\n`);
      expect(owner.lines).toHaveLength(3);

      const client = new pg.Client({ connectionString: infra.postgresUrl });
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      expect(Number.parseInt(rows[0]?.server_version ?? '')).toBe(18);
      await client.end();
      await createTopics(infra.brokers, ['made-in-a-container'], 1);
      const redis = new Redis(infra.redisUrl);
      expect(await redis.set('k', 'v')).toBe('OK');
      redis.disconnect();

      const ids = await containersOf(infra);
      expect(ids).toHaveLength(3);
      // An engine that checks health runs a program in the container each time; one that it ends, since the machine is slow, is
      // inherited by PostgreSQL, which takes its end for the crash of a backend and starts over.
      const status = (await containers()).filter(({ id }) => ids.includes(id)).map((one) => one.status);
      expect(status).toEqual([1, 2, 3].map(() => expect.not.stringMatching(/health/u)));
      owner.kill('SIGTERM');
      await owner.exited;
      await expectGone(ids, infra);
    },
    minutes,
  );

  test(
    'with security they take nothing in plain text, and answer who has the password or a certificate',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'outrider-docker-'));
      const authorityFile = join(directory, 'ca.crt');
      const authority = await createAuthority();
      await writeFile(authorityFile, authority.cert);
      const security = {
        certificate: await authority.issue({ name: 'server', hosts: ['localhost'] }),
        authority: authority.cert,
        authorityFile,
        adminPassword: 'password',
        kafkaPasswords: { order: 'another' },
        certificateGroup: 'by_certificate',
      };
      const owner = Owner.run('wait', { durable: false, security }, { INFRA: 'docker' });
      const infra = await owner.infra();

      const tls = new pg.Client({ connectionString: infra.postgresUrl });
      await tls.connect();
      await tls.query('CREATE ROLE by_certificate; CREATE ROLE somebody LOGIN IN ROLE by_certificate');
      await tls.end();
      const url = new URL(infra.postgresUrl);
      url.search = '';
      await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(/no encryption/u);
      const { cert, key } = await authority.issue({ name: 'somebody' });
      const [ca, host, port, database] = [authority.cert, url.hostname, Number(url.port), 'postgres'];
      const certified = new pg.Client({ host, port, database, user: 'somebody', ssl: { ca, cert, key } });
      await certified.connect();
      await certified.end();

      const redis = new Redis(infra.redisUrl, { tls: { ca } });
      expect(await redis.set('k', 'v')).toBe('OK');
      redis.disconnect();

      const kafka = (brokers: readonly string[], config: Omit<KafkaConfig, 'brokers'>) =>
        new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...config }).admin();
      const sasl = { mechanism: 'scram-sha-512', username: 'order', password: 'another' } as const;
      for (const admin of [
        kafka(infra.brokers, { ssl: { ca }, sasl }),
        kafka(infra.certificateBrokers, { ssl: { ca, cert, key } }),
      ]) {
        await admin.connect();
        // it may log in, and no more
        expect(await admin.listTopics()).toEqual([]);
        await admin.disconnect();
      }
      await expect(kafka(infra.brokers, {}).connect()).rejects.toThrow();
      await expect(kafka(infra.certificateBrokers, { ssl: { ca } }).connect()).rejects.toThrow();

      const ids = await containersOf(infra);
      owner.kill('SIGTERM');
      await owner.exited;
      await expectGone(ids, infra);
      await rm(directory, { recursive: true });
    },
    minutes,
  );

  test(
    'are removed when their owner is killed',
    async () => {
      const owner = Owner.run('wait', { durable: false, parts: ['postgres', 'redis', 'kafka'] }, { INFRA: 'docker' });
      const infra = await owner.infra();
      const ids = await containersOf(infra);
      expect(ids).toHaveLength(3);
      owner.kill('SIGKILL');
      await owner.exited;
      await expectGone(ids, infra);
    },
    minutes,
  );

  test(
    'are removed when their owner is killed while they start',
    async () => {
      const before = new Set((await containers()).map(({ id }) => id));
      const owner = Owner.run('wait', { durable: false }, { INFRA: 'docker' });
      await until('the first container is there', async () => (await containers()).some(({ id }) => !before.has(id)));
      owner.kill('SIGKILL');
      await owner.exited;
      await until('none is left', async () => (await containers()).every(({ id }) => before.has(id)));
    },
    minutes,
  );
});
