import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { KeyPair } from './certificates/index.js';
import { findRedisServer } from './embedded/find-redis-server.js';
import { waitUntilStarted } from './embedded/wait-until-started.js';
import { freePort } from './free-port.js';
import { InfraError } from './infra-error.js';
import { Keeper, type KeptProcess } from './keeper/keeper.js';

/** How a server that speaks TLS alone is set up, and those that follow it. */
export interface RedisSecurity {
  /** its own certificate */
  readonly certificate: KeyPair;
  /** clients' certificates are checked against it where they show one, PEM */
  readonly authority: string;
  /** what clients and followers log in with */
  readonly password: string;
}

/** A process of a Redis, and how it is reached. */
interface Server {
  readonly name: string;
  readonly port: number;
  /** beside those that follow from the rest */
  readonly settings: readonly string[];
  readonly security?: RedisSecurity | undefined;
}

/** The name that clients and Sentinels know the primary's host by: certificates are made for it. */
const HOST = 'localhost';

/** A Redis of a test's own, on this machine, to be broken in every way in which one breaks. */
export class OwnRedis implements AsyncDisposable {
  #process: KeptProcess | undefined;
  #starts = 0;

  private constructor(
    private readonly keeper: Keeper,
    private readonly command: string,
    private readonly directory: string,
    private readonly server: Server,
  ) {}

  /**
   * Starts it, empty.
   * @param security without it, it takes connections in plain text
   * @throws InfraError when this machine has no server and none can be had for it
   */
  static async open(security?: RedisSecurity): Promise<OwnRedis> {
    const keeper = await Keeper.start();
    try {
      const directory = await mkdtemp(join(tmpdir(), 'outrider-redis-'));
      await keeper.removeAtEnd(directory);
      if (security !== undefined) {
        await writeFile(join(directory, 'server.crt'), security.certificate.cert);
        await writeFile(join(directory, 'server.key'), security.certificate.key, { mode: 0o600 });
        await writeFile(join(directory, 'clients.crt'), security.authority);
      }
      const server = { name: 'redis', port: await freePort(), settings: [], security };
      const redis = new OwnRedis(keeper, await findRedisServer(keeper, () => undefined), directory, server);
      await redis.start();
      keeper.started();
      return redis;
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** With the password, where one is wanted; the same after every start. */
  get url(): string {
    const { port, security } = this.server;
    return security === undefined ? `redis://127.0.0.1:${port}` : `rediss://:${security.password}@${HOST}:${port}`;
  }

  /** `host:port` */
  get address(): string {
    return `${this.server.security === undefined ? '127.0.0.1' : HOST}:${this.server.port}`;
  }

  /** Starts it after `kill`, on the same port, with what `save` wrote last. */
  async start(): Promise<void> {
    this.#starts += 1;
    const { name, settings } = this.server;
    const logFile = join(this.directory, `${name}-${this.#starts}.log`);
    await writeFile(logFile, '');
    this.#process = await this.keeper.spawn({
      command: this.command,
      args: [
        ...settings,
        '--bind',
        '127.0.0.1',
        '--dir',
        this.directory,
        '--dbfilename',
        `${name}.rdb`,
        ...this.#ports(),
        ...(settings.includes('--sentinel') ? [] : ['--save', '']),
      ],
      env: process.env,
      cwd: this.directory,
      logFile,
      stopSignal: 'SIGTERM',
    });
    await waitUntilStarted('Redis', this.#process, logFile, /ready to accept connections|Sentinel ID is/i);
  }

  /** A server that follows this one from now on, and goes away with it. */
  async replica(): Promise<OwnRedis> {
    const [host = '', port = ''] = this.address.split(':');
    const password = this.server.security?.password;
    return this.#beside('replica', [
      '--replicaof',
      host,
      port,
      '--replica-announce-ip',
      host,
      ...(password === undefined ? [] : ['--masterauth', password]),
    ]);
  }

  /**
   * A Sentinel that watches this server, alone, and has a replica take its place a second after it is gone.
   * @param name what clients ask it for
   * @param password what clients log in to it with
   */
  async sentinel(name: string, password: string): Promise<OwnRedis> {
    const [host = '', port = ''] = this.address.split(':');
    const secret = this.server.security?.password;
    const file = join(this.directory, 'sentinel.conf');
    await writeFile(
      file,
      [
        'sentinel resolve-hostnames yes',
        'sentinel announce-hostnames yes',
        `sentinel monitor ${name} ${host} ${port} 1`,
        ...(secret === undefined ? [] : [`sentinel auth-pass ${name} ${secret}`]),
        `sentinel down-after-milliseconds ${name} 1000`,
        `sentinel failover-timeout ${name} 3000`,
        '',
      ].join('\n'),
    );
    const security = this.server.security && { ...this.server.security, password };
    return this.#beside('sentinel', [file, '--sentinel'], security);
  }

  /** Ends it at once; what was not saved is gone. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#process?.exited;
  }

  /** It stays there and keeps its connections, and does nothing until `resume`. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Writes what it holds to its dump, which is what it holds after the next start. */
  async save(): Promise<void> {
    await this.#ask((client) => client.save());
  }

  /** It forgets everything, its dump excepted. */
  async flush(): Promise<void> {
    await this.#ask((client) => client.flushall());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.end();
  }

  async #beside(name: string, settings: readonly string[], security = this.server.security): Promise<OwnRedis> {
    const server = { name, port: await freePort(), settings, security };
    const other = new OwnRedis(this.keeper, this.command, this.directory, server);
    await other.start();
    return other;
  }

  #ports(): string[] {
    const { port, security, settings } = this.server;
    if (security === undefined) return ['--port', String(port)];
    const file = (name: string): string => join(this.directory, name);
    return [
      '--port',
      '0',
      '--tls-port',
      String(port),
      '--tls-replication',
      'yes',
      '--tls-auth-clients',
      'optional',
      '--tls-cert-file',
      file('server.crt'),
      '--tls-key-file',
      file('server.key'),
      '--tls-ca-cert-file',
      file('clients.crt'),
      '--requirepass',
      security.password,
      // as a replica after a failover
      ...(settings.length === 0 ? ['--masterauth', security.password] : []),
    ];
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process === undefined) throw new InfraError('INFRA_NOT_STARTED', 'This Redis was never started.');
    process.kill(this.#process.pid, signal);
  }

  async #ask(work: (client: Redis) => Promise<unknown>): Promise<void> {
    const { security } = this.server;
    const client = new Redis(this.url, security === undefined ? {} : { tls: { ca: security.authority } });
    try {
      await work(client);
    } finally {
      client.disconnect();
    }
  }
}
