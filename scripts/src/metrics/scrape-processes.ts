import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { writeDatabaseAccess } from '../installation/access-files.js';
import {
  reconcilerEnvironment,
  serviceEnvironment,
  workerEnvironment,
  type Surroundings,
} from '../installation/environment.js';
import { OPERATOR } from '../images/image-names.js';
import { PROJECT_ROOT } from '../run/project.js';
import { mainOf, RECONCILER, SERVICES, WORKER, type Part } from '../installation/layout.js';

const PARTS = [...SERVICES, WORKER, RECONCILER] as const;
const TRIES = 300;
const GONE = 'postgres://nobody@127.0.0.1:1/gone';

/**
 * Starts the built process of each part, reads its metrics, and ends it. No server is needed: a process shows its metrics
 * however long its database and broker take.
 * @returns the text of /metrics by part
 */
export async function scrapeProcesses(): Promise<Record<Part | typeof OPERATOR, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-metrics-'));
  try {
    const identity = await createIdentity(folder);
    const apiKeysFile = join(folder, 'api-keys.json');
    await writeFile(apiKeysFile, '[]');
    await writeFile(join(folder, 'secret'), 'of nobody, since there is no provider');
    await writeDatabaseAccess(folder, { order: GONE, inventory: GONE, payment: GONE, product: GONE });
    const texts: Partial<Record<Part | typeof OPERATOR, string>> = {};
    for (const part of PARTS) texts[part] = await scrape(part, folder, { identity, apiKeysFile });
    texts[OPERATOR] = await scrapeOperator(folder);
    return texts as Record<Part | typeof OPERATOR, string>;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function scrape(
  part: Part,
  access: string,
  callers: Pick<Surroundings, 'identity' | 'apiKeysFile'>,
): Promise<string> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const surroundings = { ...nowhere(port, adminPort, access), ...callers };
  const env =
    part === WORKER
      ? workerEnvironment(0, surroundings)
      : part === RECONCILER
        ? reconcilerEnvironment(surroundings)
        : serviceEnvironment(part, 0, surroundings);
  return read(part, mainOf(part), env, adminPort);
}

async function scrapeOperator(folder: string): Promise<string> {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'nobody', user: { token: 'nothing' } }],
      contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'nobody' } }],
      'current-context': 'gone',
    }),
  );
  const adminPort = await freePort();
  const env = { KUBECONFIG: kubeconfig, HOST: '127.0.0.1', ADMIN_PORT: String(adminPort) };
  return read(OPERATOR, join(PROJECT_ROOT, 'services/operator/dist/main.js'), env, adminPort);
}

/** Starts a process, and ends it once it has shown its metrics. */
async function read(name: string, main: string, env: NodeJS.ProcessEnv, adminPort: number): Promise<string> {
  const child = spawn(process.execPath, [main], {
    env: { ...env, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    for (let tries = 0; tries < TRIES && child.exitCode === null; tries += 1) {
      await sleep(100);
      const answer = await fetch(`http://127.0.0.1:${adminPort}/metrics`).catch(() => undefined);
      if (answer?.ok === true) return await answer.text();
    }
    throw new Error(`${name} shows no metrics`);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** Servers that are not there. */
function nowhere(port: number, adminPort: number, access: string): Omit<Surroundings, 'identity' | 'apiKeysFile'> {
  const ports = [adminPort];
  return {
    backing: {
      databases: { owner: access, app: access, relay: access, reader: access },
      ownerUrls: { order: GONE, inventory: GONE, payment: GONE, product: GONE },
      roles: undefined,
      brokers: ['127.0.0.1:1'],
      certificateBrokers: [],
      kafkaAccess: undefined,
      redisAccess: undefined,
      topicPrefix: '',
      shopUrls: {},
      redisUrl: 'redis://127.0.0.1:1',
      redisPrefix: '',
    },
    layout: {
      replicas: 1,
      public: { order: port, inventory: port, payment: port, product: port },
      admin: { order: ports, inventory: ports, payment: ports, product: ports, [WORKER]: ports, [RECONCILER]: ports },
      simulator: 1,
    },
    provider: 'simulator',
    shop: undefined,
    simulatorUrl: 'http://127.0.0.1:1',
    webhookFiles: { signing: join(access, 'secret'), accepted: join(access, 'secret') },
  };
}
