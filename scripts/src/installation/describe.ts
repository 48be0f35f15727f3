import { openIdentity, type Identity } from '@outrider/testkit/identity';
import { join } from 'node:path';
import { runAt, type Run } from '../run/run-directory.js';
import type { UpFile } from '../run/up-file.js';
import type { Surroundings } from './environment.js';
import {
  metricsUrl,
  nameOf,
  publicUrl,
  RECONCILER,
  SERVICES,
  SIMULATOR,
  WORKER,
  type Part,
  type Service,
} from './layout.js';

/** Where a run keeps the key that its tokens are signed with. */
export function identityDirectory(run: Run): string {
  return join(run.directory, 'identity');
}

/** Where a run keeps the hashes of its API keys. */
export function apiKeysFile(run: Run): string {
  return join(run.directory, 'api-keys.json');
}

/** A running installation as another command sees it. */
export interface Running {
  readonly up: UpFile;
  readonly run: Run;
  readonly identity: Identity;
}

/** Opens what up.json describes. */
export async function openRunning(root: string, up: UpFile): Promise<Running> {
  const run = runAt(root, up.runId);
  return { up, run, identity: await openIdentity(identityDirectory(run)) };
}

/** Every part of an installation, as up.json names them. */
export function servicesOf<P, S>(service: (name: Service) => S, processes: (part: Part) => P) {
  const [order, inventory, payment, product] = SERVICES;
  return {
    order: service(order),
    inventory: service(inventory),
    payment: service(payment),
    product: service(product),
    'outbox-worker': processes(WORKER),
    reconciler: processes(RECONCILER),
  };
}

/** What up.json says of an installation. */
export function describe(
  run: Run,
  { backing, layout, simulatorUrl }: Surroundings,
  tokens: UpFile['tokens'],
  pidOf: (name: string) => number | undefined,
): UpFile {
  const processes = (part: Part) => {
    const urls = layout.admin[part].map(metricsUrl);
    return {
      metricsUrl: urls[0] ?? '',
      metricsUrls: urls,
      pids: urls.flatMap((_, replica) => pidOf(nameOf(part, replica)) ?? []),
    };
  };
  const simulator = pidOf(SIMULATOR);
  const service = (name: Service) => ({
    url: publicUrl(layout.public[name]),
    ...processes(name),
    databaseUrl: backing.ownerUrls[name],
  });
  return {
    runId: run.id,
    services: servicesOf(service, processes),
    databases: { ...backing.databases },
    kafka: {
      brokers: [...backing.brokers],
      certificateBrokers: [...backing.certificateBrokers],
      topicPrefix: backing.topicPrefix,
    },
    redis: { url: backing.redisUrl, prefix: backing.redisPrefix },
    simulator: { url: simulatorUrl, ...(simulator !== undefined && { pid: simulator }) },
    tokens,
  };
}
