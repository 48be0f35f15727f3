import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKept } from './embedded/run-kept.js';
import {
  clusterDirectory,
  initialise,
  postgresHome,
  postgresUrl,
  runPostgres,
  writeServerFiles,
  type PostgresHome,
} from './embedded/start-postgres.js';
import type { KeyPair } from './certificates/index.js';
import { withClient } from './databases.js';
import { freePort } from './free-port.js';
import { InfraError } from './infra-error.js';
import { Keeper, type KeptProcess } from './keeper/keeper.js';
import { postgresTlsSettings, serverFiles } from './security.js';
import type { StartContext } from './part.js';

/** How a server that speaks TLS is set up. */
export interface PostgresSecurity {
  /** its own certificate */
  readonly certificate: KeyPair;
  /** clients' certificates are checked against it, PEM */
  readonly authority: string;
  /** roles that log in with a certificate of their name; all others with their password, over TLS as well */
  readonly certificateRoles?: readonly string[];
}

interface Server {
  readonly name: string;
  readonly directory: string;
  readonly port: number;
  readonly settings?: readonly string[];
}

/** A PostgreSQL of a test's own, on this machine, which may have a standby. */
export class OwnPostgres implements AsyncDisposable {
  #process: KeptProcess | undefined;

  private constructor(
    private readonly context: StartContext,
    private readonly home: PostgresHome,
    private readonly server: Server,
  ) {}

  /**
   * Starts it, empty. What it holds goes away with it.
   * @param security without it, it takes connections in plain text; with it, from its superuser alone
   * @throws InfraError when this machine has no server and none can be had for it
   */
  static async open(security?: PostgresSecurity): Promise<OwnPostgres> {
    const keeper = await Keeper.start();
    try {
      const dataDirectory = await mkdtemp(join(tmpdir(), 'outrider-postgres-'));
      await keeper.removeAtEnd(dataDirectory);
      // the server runs as somebody else where this process is root, and must reach what is in it
      await chmod(dataDirectory, 0o711);
      const context: StartContext = { keeper, log: () => undefined, dataDirectory, durable: false };
      const home = await postgresHome(context);
      const directory = await clusterDirectory(context, home, 'first');
      await initialise(context, home, directory);
      const server = new OwnPostgres(context, home, {
        name: 'first',
        directory,
        port: await freePort(),
        settings: security === undefined ? [] : postgresTlsSettings(),
      });
      if (security !== undefined) await server.#secure(security);
      await server.start();
      keeper.started();
      return server;
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** Of its superuser; the same after every start. */
  get url(): string {
    return postgresUrl(this.server.port);
  }

  /** Starts it, or starts it again after `kill`. */
  async start(): Promise<void> {
    this.#process = await runPostgres(this.context, this.home, this.server);
  }

  /** Ends it at once, as a machine does that loses its power. */
  async kill(): Promise<void> {
    if (this.#process === undefined) throw new InfraError('INFRA_NOT_STARTED', 'This PostgreSQL was never started.');
    process.kill(this.#process.pid, 'SIGQUIT');
    await this.#process.exited;
  }

  /** A standby that follows this server from now on, and goes away with it. */
  async standby(): Promise<OwnPostgres> {
    const directory = await clusterDirectory(this.context, this.home, 'standby');
    const logFile = join(this.context.dataDirectory, 'copy.log');
    await writeFile(logFile, '');
    await withClient(this.url, async (client) => {
      await client.query(`SELECT pg_backup_start('standby', fast => true)`);
      await runKept(
        this.context.keeper,
        { command: 'cp', args: ['-a', `${this.server.directory}/.`, directory], logFile, ...this.home.as },
        { code: 'INFRA_START_FAILED', what: 'the copy of the cluster failed' },
      );
      const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
      await this.#write(directory, 'backup_label', rows[0]?.labelfile ?? '');
    });
    await rm(join(directory, 'postmaster.pid'), { force: true });
    await this.#write(directory, 'standby.signal', '');
    const { username, password } = new URL(this.url);
    const from = `host=127.0.0.1 port=${this.server.port} user=${username} password=${password}`;
    await appendFile(join(directory, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`);
    const standby = new OwnPostgres(this.context, this.home, { name: 'standby', directory, port: await freePort() });
    await standby.start();
    return standby;
  }

  /** A standby becomes a server that writes. */
  async promote(): Promise<void> {
    await withClient(this.url, (client) => client.query('SELECT pg_promote(true)'));
  }

  /** Exchanges its certificate, and whom it trusts, without a restart. */
  async exchangeCertificate(certificate: KeyPair, authority: string): Promise<void> {
    await this.#writeCertificate(certificate, authority);
    await withClient(this.url, (client) => client.query('SELECT pg_reload_conf()'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.keeper.end();
  }

  async #secure({ certificate, authority, certificateRoles = [] }: PostgresSecurity): Promise<void> {
    await this.#writeCertificate(certificate, authority);
    await this.#write(
      this.server.directory,
      'pg_hba.conf',
      [
        'host all postgres 127.0.0.1/32 scram-sha-256',
        ...certificateRoles.map((role) => `hostssl all ${role} 127.0.0.1/32 cert`),
        'hostssl all all 127.0.0.1/32 scram-sha-256',
        '',
      ].join('\n'),
    );
  }

  #writeCertificate(certificate: KeyPair, authority: string): Promise<void> {
    return writeServerFiles(this.home, this.server.directory, { ...serverFiles({ certificate, authority }) });
  }

  #write(directory: string, name: string, text: string): Promise<void> {
    return writeServerFiles(this.home, directory, { [name]: text });
  }
}
