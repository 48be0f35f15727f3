import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';

const processes = { metricsUrl: z.string(), metricsUrls: z.array(z.string()), pids: z.array(z.int()) };
const service = z.object({
  url: z.string(),
  ...processes,
  /** for the role that owns the database: it may do everything in it */
  databaseUrl: z.string(),
});

const upFileSchema = z.object({
  runId: z.string(),
  services: z.object({
    order: service,
    inventory: service,
    payment: service,
    product: service,
    'outbox-worker': z.object(processes),
    reconciler: z.object(processes),
  }),
  /** for each role a folder of folders, with what it gets into each database by: `DATABASES_DIR` of the processes */
  databases: z.object({ owner: z.string(), app: z.string(), relay: z.string(), reader: z.string() }),
  kafka: z.object({
    brokers: z.array(z.string()),
    /** with --secure: for clients that log in by certificate, while those in `brokers` want a password */
    certificateBrokers: z.array(z.string()),
    topicPrefix: z.string(),
  }),
  redis: z.object({ url: z.string(), prefix: z.string() }),
  simulator: z.object({ url: z.string(), pid: z.int().optional() }),
  /** of one in a cluster: whose ports a process of this machine forwards, which is the only one that runs here */
  cluster: z.object({ namespace: z.string(), forwarder: z.int() }).optional(),
  /** where scripts/up --prometheus has one */
  prometheus: z.object({ url: z.string() }).optional(),
  /** valid as long as the installation is likely to run; scripts/token makes further ones */
  tokens: z.object({ admin: z.string(), customer: z.string() }),
});

/** What stands in up.json: where everything of the running installation is. A process that is being started again has no pid. */
export type UpFile = z.infer<typeof upFileSchema>;

/** The path of up.json. */
export function upFilePath(root: string): string {
  return join(root, 'up.json');
}

/** Replaces up.json in one step; only its owner may read it, since tokens and passwords stand in it. */
export async function writeUpFile(root: string, content: UpFile): Promise<void> {
  const path = upFilePath(root);
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

/** What is up, or undefined. @throws CommandError when the file is not one that scripts/up writes. */
export async function findUpFile(root: string): Promise<UpFile | undefined> {
  const path = upFilePath(root);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // a file where a folder is expected holds nothing either
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
  try {
    return upFileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CommandError(`${path} is not what scripts/up writes: remove it and start scripts/up again.`, {
      cause: error,
    });
  }
}

/** What is up. @throws CommandError when nothing is. */
export async function readUpFile(root: string): Promise<UpFile> {
  const content = await findUpFile(root);
  if (content === undefined) {
    throw new CommandError(`Nothing is running (there is no ${upFilePath(root)}): start it with scripts/up.`);
  }
  if (!isAlive(content)) {
    throw new CommandError(`Nothing is running any more (run ${content.runId} was killed): start it with scripts/up.`);
  }
  return content;
}

/** Removes up.json if it is still this run's. */
export async function removeUpFile(root: string, runId: string): Promise<void> {
  if ((await findUpFile(root))?.runId === runId) await rm(upFilePath(root), { force: true });
}

/** True when a process that the file names is still there; of an installation in a cluster, the one that forwards its ports. */
export function isAlive({ services, cluster }: UpFile): boolean {
  const pids = Object.values(services).flatMap((part) => part.pids);
  return [...pids, ...(cluster === undefined ? [] : [cluster.forwarder])].some(processExists);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and someone else's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
