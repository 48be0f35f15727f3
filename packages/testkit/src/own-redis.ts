import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer } from './embedded/find-redis-server.js';
import { waitUntilStarted } from './embedded/wait-until-started.js';
import { freePort } from './free-port.js';
import { InfraError } from './infra-error.js';
import { Keeper, type KeptProcess } from './keeper/keeper.js';

/** A Redis of a test's own, on this machine, to be broken in every way in which one breaks. */
export class OwnRedis implements AsyncDisposable {
  #process: KeptProcess | undefined;
  #starts = 0;

  private constructor(
    private readonly keeper: Keeper,
    private readonly command: string,
    private readonly directory: string,
    private readonly port: number,
  ) {}

  /**
   * Starts it, empty.
   * @throws InfraError when this machine has no server and none can be had for it
   */
  static async open(): Promise<OwnRedis> {
    const keeper = await Keeper.start();
    try {
      const directory = await mkdtemp(join(tmpdir(), 'outrider-redis-'));
      await keeper.removeAtEnd(directory);
      const redis = new OwnRedis(keeper, await findRedisServer(keeper, () => undefined), directory, await freePort());
      await redis.start();
      keeper.started();
      return redis;
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** The same after every start. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it after `kill`, on the same port, with what `save` wrote last. */
  async start(): Promise<void> {
    this.#starts += 1;
    const logFile = join(this.directory, `redis-${this.#starts}.log`);
    await writeFile(logFile, '');
    this.#process = await this.keeper.spawn({
      command: this.command,
      args: ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--dir', this.directory],
      env: process.env,
      cwd: this.directory,
      logFile,
      stopSignal: 'SIGTERM',
    });
    await waitUntilStarted('Redis', this.#process, logFile, /ready to accept connections/i);
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

  #signal(signal: NodeJS.Signals): void {
    if (this.#process === undefined) throw new InfraError('INFRA_NOT_STARTED', 'This Redis was never started.');
    process.kill(this.#process.pid, signal);
  }

  async #ask(work: (client: Redis) => Promise<unknown>): Promise<void> {
    const client = new Redis(this.url);
    try {
      await work(client);
    } finally {
      client.disconnect();
    }
  }
}
