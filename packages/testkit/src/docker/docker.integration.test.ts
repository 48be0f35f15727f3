import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { until } from '../until.js';
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
  console.log(JSON.stringify(found.map(({ Id, Ports }) => ({ id: Id, ports: Ports.map(({ PublicPort }) => PublicPort) }))));
`;
const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));

async function containers(): Promise<{ id: string; ports: (number | undefined)[] }[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', list], {
    cwd: packageDirectory,
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  return JSON.parse(stdout) as { id: string; ports: number[] }[];
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
      owner.kill('SIGTERM');
      await owner.exited;
      await expectGone(ids, infra);
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
