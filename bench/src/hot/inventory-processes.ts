import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPIC_NAMES } from '@outrider/contracts';
import { freePort } from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { CommandError } from '@outrider/scripts/cli/errors';
import { HOST, mainOf } from '@outrider/scripts/installation/layout';
import { logEnd } from '@outrider/scripts/installation/log-end';
import type { BenchDatabase, BenchEnvironment } from '../bench-environment.js';

const LONGEST_MS = 120_000;
const LOOK_EVERY_MS = 10;

/** Inventory by itself, as it is built: one database, topics of its own, some processes, and no relay. */
export interface Inventory {
  readonly database: BenchDatabase;
  readonly topicPrefix: string;
  readonly pids: readonly number[];
  /** @throws CommandError with what the processes logged last, when it does not come true */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** Ends the processes and takes database and topics away. */
  close(): Promise<void>;
}

export async function startInventory(environment: BenchEnvironment, replicas: number): Promise<Inventory> {
  const database = await environment.database({ outbox: false });
  const name = environment.name();
  const directory = join(environment.directory, name);
  await mkdir(directory);
  const topicPrefix = `${name}.`;
  const topics = TOPIC_NAMES.map((topic) => topicPrefix + topic);
  const identity = await createIdentity(directory);
  const logFile = join(directory, 'inventory.log');
  const adminPorts: number[] = [];
  const spawn = async (args: readonly string[]) => {
    const adminPort = await freePort();
    if (args.length === 0) adminPorts.push(adminPort);
    return environment.keeper.spawn({
      command: process.execPath,
      args: [mainOf('inventory'), ...args],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: database.url,
        KAFKA_BROKERS: environment.infra.brokers.join(','),
        KAFKA_TOPIC_PREFIX: topicPrefix,
        HOST,
        PORT: String(await freePort()),
        ADMIN_PORT: String(adminPort),
        JWT_ISSUER: identity.issuer,
        JWT_AUDIENCE: identity.audience,
        JWT_JWKS: identity.jwksFile,
        API_KEYS: '[]',
        LOG_LEVEL: 'warn',
      },
      cwd: directory,
      logFile,
      stopSignal: 'SIGTERM',
    });
  };
  const until: Inventory['until'] = async (what, condition) => {
    const deadline = performance.now() + LONGEST_MS;
    while (!(await condition())) {
      if (performance.now() > deadline) {
        throw new CommandError(
          `${what}: not after ${LONGEST_MS / 1_000} s; inventory's log ends:\n${await logEnd(logFile)}`,
        );
      }
      await sleep(LOOK_EVERY_MS);
    }
  };
  const { code } = await (await spawn(['migrate'])).exited;
  if (code !== 0) {
    throw new CommandError(`Inventory's database could not be migrated; the log ends:\n${await logEnd(logFile)}`);
  }
  for (const topic of topics) environment.adoptTopic(topic);
  const processes = await Promise.all(Array.from({ length: replicas }, () => spawn([])));
  await until('inventory is ready', () => allReady(adminPorts));
  return {
    database,
    topicPrefix,
    pids: processes.map(({ pid }) => pid),
    until,
    async close() {
      for (const { pid } of processes) process.kill(pid, 'SIGTERM');
      await Promise.all(processes.map(({ exited }) => exited));
      await environment.dropDatabase(database);
      for (const topic of topics) await environment.dropTopic(topic);
    },
  };
}

async function allReady(adminPorts: readonly number[]): Promise<boolean> {
  const answers = await Promise.all(
    adminPorts.map((port) =>
      fetch(`http://${HOST}:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    ),
  );
  return answers.every(Boolean);
}
