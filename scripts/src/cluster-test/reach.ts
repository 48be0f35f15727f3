import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  accessDirectory,
  DATABASE_ROLES,
  databasesDirectory,
  writeAccess,
  type DatabaseRole,
} from '../installation/access-files.js';
import { identityDirectory, openRunning, servicesOf, type Running } from '../installation/describe.js';
import { HOST, metricsUrl, publicUrl, SERVICES, type Part } from '../installation/layout.js';
import { noteSettings } from '../installation/run-notes.js';
import { createRun, makeRunRoot, type Run } from '../run/run-directory.js';
import { findUpFile, isAlive, removeUpFile, writeUpFile, type UpFile } from '../run/up-file.js';
import type { Cluster } from './cluster.js';
import { forwardPorts, type Forwarded } from './forwards.js';

/**
 * Makes the installation reachable from this machine as if scripts/up had started it: forwards its ports and writes
 * up.json, with access to the databases and the key that its tokens are signed with.
 *
 * @param undo ends the forwards, and restores the up.json of another installation that is up
 * @throws CommandError when a Secret is not there
 */
export async function reach(cluster: Cluster, root: string, undo: AsyncDisposableStack): Promise<Running> {
  await makeRunRoot(root);
  const neighbour = await findUpFile(root);
  const run = await createRun(root);
  undo.defer(async () => {
    await removeUpFile(root, run.id);
    if (neighbour !== undefined && isAlive(neighbour)) await writeUpFile(root, neighbour);
    // keys and passwords of a cluster; logs and what was noted stay
    await rm(identityDirectory(run), { recursive: true, force: true });
    await rm(accessDirectory(run), { recursive: true, force: true });
  });
  await writeIdentity(cluster, run);
  await noteSettings(run, { behaviour: {} });
  const forwarded = undo.use(await forwardPorts(cluster, run));
  const up = await describeCluster(cluster, run, forwarded);
  await writeUpFile(root, up);
  return openRunning(root, up);
}

async function writeIdentity(cluster: Cluster, run: Run): Promise<void> {
  const directory = identityDirectory(run);
  const { 'private-key.json': key = '' } = await cluster.secret('token-issuer');
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, 'private-key.json'), key, { mode: 0o600 });
}

async function describeCluster(cluster: Cluster, run: Run, forwarded: Forwarded): Promise<UpFile> {
  const owners = await writeDatabases(cluster, run, forwarded);
  const { admin = '', customer = '' } = await cluster.secret('test-token');
  const processes = (part: Part) => {
    const url = metricsUrl(forwarded.port(`${part} admin`));
    return { metricsUrl: url, metricsUrls: [url], pids: [] };
  };
  const service = (name: (typeof SERVICES)[number]) => ({
    url: publicUrl(forwarded.port(name)),
    ...processes(name),
    databaseUrl: owners[name],
  });
  const directory = (role: DatabaseRole): string => databasesDirectory(run, role);
  return {
    runId: run.id,
    services: servicesOf(service, processes),
    databases: {
      owner: directory('owner'),
      app: directory('app'),
      relay: directory('relay'),
      reader: directory('reader'),
    },
    // as the pods call them: they are not forwarded, since a broker gives its clients the name it is known by
    kafka: { brokers: ['kafka:9093'], certificateBrokers: [], topicPrefix: '' },
    redis: { url: 'rediss://redis:6379/0', prefix: '' },
    simulator: { url: publicUrl(forwarded.port('simulator')) },
    cluster: { namespace: cluster.namespace, forwarder: process.pid },
    tokens: { admin, customer },
  };
}

/** Writes what roles log in by again, after it was exchanged. */
export async function renewAccess(cluster: Cluster, { run }: Running): Promise<void> {
  for (const role of DATABASE_ROLES) {
    for (const database of SERVICES) {
      const { password = '' } = await cluster.secret(`${database}-db-${role}`);
      await writeAccess(join(databasesDirectory(run, role), database), { password });
    }
  }
}

/** Writes what each role gets into each database by. @returns the owners' URLs */
async function writeDatabases(cluster: Cluster, run: Run, forwarded: Forwarded) {
  const urls = new Map<string, string>();
  for (const role of DATABASE_ROLES) {
    for (const database of SERVICES) {
      const {
        username = '',
        dbname = '',
        password = '',
        'ca.crt': authority,
      } = await cluster.secret(`${database}-db-${role}`);
      const uri = `postgresql://${username}@${HOST}:${forwarded.port(`${database} database`)}/${dbname}`;
      await writeAccess(join(databasesDirectory(run, role), database), { uri, password, 'ca.crt': authority });
      if (role === 'owner') urls.set(database, uri.replace('@', `:${encodeURIComponent(password)}@`));
    }
  }
  const of = (database: string): string => urls.get(database) ?? '';
  return { order: of('order'), inventory: of('inventory'), payment: of('payment'), product: of('product') };
}
