import { execFile } from 'node:child_process';
import { access, chmod, chown, constants, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unprivilegedUser } from './embedded/unprivileged-user.js';
import { waitUntilStarted } from './embedded/wait-until-started.js';
import { freePort } from './free-port.js';
import { InfraError } from './infra-error.js';
import { Keeper } from './keeper/keeper.js';

/** A PgBouncer of a test's own, before a PostgreSQL. */
export class OwnPgBouncer implements AsyncDisposable {
  private constructor(
    private readonly keeper: Keeper,
    /** the database's, by way of here */
    readonly url: string,
  ) {}

  /** The program's version, e.g. 1.18.0; undefined where this machine has none: PGBOUNCER, or the one in the path. */
  static async version(): Promise<string | undefined> {
    const command = await findPgBouncer();
    if (command === undefined) return undefined;
    const { stdout } = await promisify(execFile)(command, ['--version']);
    return /PgBouncer (\S+)/u.exec(stdout)?.[1];
  }

  /**
   * @param databaseUrl who comes in by any name is this URL's user
   * @param settings of its [pgbouncer] section
   * @throws InfraError when this machine has none
   */
  static async open(databaseUrl: string, settings: Readonly<Record<string, string | number>>): Promise<OwnPgBouncer> {
    const command = await findPgBouncer();
    if (command === undefined) throw new InfraError('INFRA_PLATFORM_UNSUPPORTED', 'This machine has no PgBouncer.');
    const keeper = await Keeper.start();
    try {
      const directory = await mkdtemp(join(tmpdir(), 'outrider-pgbouncer-'));
      await keeper.removeAtEnd(directory);
      const user = await unprivilegedUser();
      await chmod(directory, 0o700);
      const [file, logFile, port] = [join(directory, 'ini'), join(directory, 'log'), await freePort()];
      await writeFile(file, configuration(new URL(databaseUrl), port, settings));
      await writeFile(logFile, '');
      // it refuses to run as root
      if (user !== undefined) for (const path of [directory, file]) await chown(path, user.uid, user.gid);
      const started = await keeper.spawn({
        command,
        args: [file],
        env: process.env,
        cwd: '/',
        logFile,
        stopSignal: 'SIGKILL',
        ...user,
      });
      await waitUntilStarted('PgBouncer', started, logFile, /process up/u);
      keeper.started();
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${port}`;
      return new OwnPgBouncer(keeper, url.href);
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.end();
  }
}

function configuration(database: URL, port: number, settings: Readonly<Record<string, string | number>>): string {
  const { hostname, port: upstream, username, password } = database;
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    ignore_startup_parameters: 'extra_float_digits',
    ...settings,
  };
  return [
    '[databases]',
    `* = host=${hostname} port=${upstream} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}`,
    '[pgbouncer]',
    ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}

async function findPgBouncer(): Promise<string | undefined> {
  const { PGBOUNCER: given, PATH: path = '' } = process.env;
  const places = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((folder) => join(folder, 'pgbouncer'));
  for (const place of given === undefined ? places : [given]) {
    const there = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return undefined;
}
