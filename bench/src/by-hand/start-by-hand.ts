import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@outrider/contracts';
import { CommandError } from '@outrider/scripts/cli/errors';
import { identityDirectory, servicesOf, type Running } from '@outrider/scripts/installation/describe';
import { mainOf, publicUrl } from '@outrider/scripts/installation/layout';
import { logEnd } from '@outrider/scripts/installation/log-end';
import { CONTAINER_HEAP } from '@outrider/scripts/installation/programs';
import { noteSettings } from '@outrider/scripts/installation/run-notes';
import { PROJECT_ROOT } from '@outrider/scripts/run/project';
import { createRun } from '@outrider/scripts/run/run-directory';
import {
  createDatabase,
  createTopics,
  deleteTopics,
  dropDatabase,
  freePort,
  Keeper,
  withClient,
  type Infra,
  type KeptProcess,
} from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { INVENTORY_TABLES } from './inventory.js';
import { ORDER_TABLES } from './order.js';
import { OUTBOX_TABLES } from './outbox.js';
import { PAYMENT_TABLES } from './payment.js';
import { PRODUCT_TABLES } from './product.js';
import { PARTS, type Settings } from './settings.js';

const MAIN = join(PROJECT_ROOT, 'bench/dist/by-hand/main.js');
const TABLES = { order: ORDER_TABLES, inventory: INVENTORY_TABLES, payment: PAYMENT_TABLES, product: PRODUCT_TABLES };
const WEBHOOK_SECRET = 'a secret of the bench';
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

export interface ByHand extends Running {
  /** by part */
  readonly databaseUrls: Readonly<Record<(typeof PARTS)[number], string>>;
  readonly relays: readonly KeptProcess[];
}

export interface ByHandOptions {
  readonly infra: Infra;
  /** a folder for its logs */
  readonly root: string;
  readonly relays: number;
  readonly leaseMs: number;
  /** how the provider behaves, as scripts/up has it */
  readonly payments: string;
  readonly undo: AsyncDisposableStack;
}

/**
 * Starts the program that is written by hand: a process for each service, relays, and a provider of its own, on servers that are
 * there already. It answers what runOrders asks of an installation.
 */
export async function startByHand(options: ByHandOptions): Promise<ByHand> {
  const { infra, root, undo } = options;
  const run = await createRun(root);
  const name = `byhand_${run.id.replaceAll('-', '_')}`;
  const topicPrefix = `${run.id}.by-hand.`;
  const keeper = await Keeper.start();
  const made: (readonly [(typeof PARTS)[number], string])[] = [];
  for (const part of PARTS) {
    const url = await createDatabase(infra.postgresUrl, `${name}_${part}`);
    undo.defer(() => dropDatabase(infra.postgresUrl, `${name}_${part}`));
    await withClient(url, (client) => client.query(OUTBOX_TABLES + TABLES[part]));
    made.push([part, url]);
  }
  const databaseUrls = Object.fromEntries(made) as ByHand['databaseUrls'];
  const topics = Object.keys(TOPICS).map((topic) => topicPrefix + topic);
  await createTopics(infra.brokers, topics, 12);
  undo.defer(() => deleteTopics(infra.brokers, topics));
  // before what they work on goes away
  undo.defer(() => keeper.end());
  await mkdir(identityDirectory(run));
  const identity = await createIdentity(identityDirectory(run));
  await noteSettings(run, { behaviour: {} });
  const ports = Object.fromEntries(
    await Promise.all([...PARTS, 'simulator'].map(async (part) => [part, await freePort()] as const)),
  );
  const portOf = (part: string): number => ports[part] ?? 0;
  const secretFile = join(run.directory, 'webhook-secret');
  await writeFile(secretFile, WEBHOOK_SECRET);
  const spawn = (part: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<KeptProcess> =>
    keeper.spawn({
      command: process.execPath,
      // as the processes that it is compared with
      args: [...CONTAINER_HEAP, ...args],
      env: { PATH: process.env['PATH'], ...env },
      cwd: run.directory,
      logFile: join(run.logs, `${part}.log`),
      stopSignal: 'SIGTERM',
    });
  const settings = {
    databaseUrls: Object.values(databaseUrls),
    brokers: infra.brokers,
    topicPrefix,
    redisUrl: infra.redisUrl,
    jwksFile: identity.jwksFile,
    issuer: identity.issuer,
    audience: identity.audience,
    providerUrl: publicUrl(portOf('simulator')),
    webhookSecret: WEBHOOK_SECRET,
    leaseMs: options.leaseMs,
  };
  const partOf = (part: Settings['part']): Settings => ({
    ...settings,
    part,
    port: portOf(part),
    databaseUrl: part === 'relay' ? '' : databaseUrls[part],
  });
  const simulator = await spawn('simulator', [mainOf('simulator')], {
    HOST: '127.0.0.1',
    PORT: String(portOf('simulator')),
    LEDGER_FILE: join(run.directory, 'provider-ledger.jsonl'),
    PAYMENTS: options.payments,
    WEBHOOK_URL: `${publicUrl(portOf('payment'))}/webhooks/simulator`,
    WEBHOOK_SECRET_FILE: secretFile,
  });
  const started = await Promise.all(
    PARTS.map(async (part) => [part, await spawn(part, [MAIN, JSON.stringify(partOf(part))])] as const),
  );
  const relays = await Promise.all(
    Array.from({ length: options.relays }, () => spawn('relay', [MAIN, JSON.stringify(partOf('relay'))])),
  );
  for (const part of [...PARTS, 'simulator']) await answers(publicUrl(portOf(part)), join(run.logs, `${part}.log`));
  const pids = new Map(started.map(([part, { pid }]) => [part as string, pid]));
  const processesOf = (part: string) => ({
    metricsUrl: '',
    metricsUrls: [],
    pids: pids.has(part) ? [pids.get(part) ?? 0] : [],
  });
  const services = servicesOf(
    (part) => ({ url: publicUrl(portOf(part)), databaseUrl: databaseUrls[part], ...processesOf(part) }),
    processesOf,
  );
  return {
    run,
    identity,
    databaseUrls,
    relays,
    up: {
      runId: run.id,
      services: { ...services, 'outbox-worker': { ...processesOf('relay'), pids: relays.map(({ pid }) => pid) } },
      databases: { owner: '', app: '', relay: '', reader: '' },
      kafka: { brokers: [...infra.brokers], certificateBrokers: [], topicPrefix },
      redis: { url: infra.redisUrl, prefix: topicPrefix },
      simulator: { url: publicUrl(portOf('simulator')), pid: simulator.pid },
      tokens: {
        admin: await identity.token({ sub: 'admin', roles: ['admin'] }),
        customer: await identity.token({ sub: 'customer', roles: ['customer'] }),
      },
    },
  };
}

async function answers(url: string, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const ok = await fetch(`${url}/livez`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (performance.now() > deadline)
      throw new CommandError(`${url} does not answer; its log ends:\n${await logEnd(logFile)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
