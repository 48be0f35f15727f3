import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outboxMigrations } from '@outrider/outbox';
import {
  createDatabase,
  createTopics,
  deleteTopics,
  dropDatabase,
  Keeper,
  startInfra,
  type Infra,
} from '@outrider/testkit';
import pg from 'pg';

const PARTITIONS = 12;

export interface BenchDatabase {
  readonly name: string;
  readonly url: string;
}

/** Servers, and what a bench makes on them and takes away again: databases, topics, processes, files. */
export class BenchEnvironment implements AsyncDisposable {
  readonly #id = `bench_${randomBytes(4).toString('hex')}`;
  readonly #databases = new Set<string>();
  readonly #topics = new Set<string>();
  #next = 0;

  private constructor(
    readonly infra: Infra,
    /** ends what is started by it, however this process ends; keeps this process alive until it is ended itself */
    readonly keeper: Keeper,
    readonly directory: string,
  ) {}

  static async open(log: (line: string) => void): Promise<BenchEnvironment> {
    const infra = await startInfra({ parts: ['postgres', 'kafka'], log });
    const keeper = await Keeper.start();
    const directory = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
    await keeper.removeAtEnd(directory);
    return new BenchEnvironment(infra, keeper, directory);
  }

  async database(options: { readonly outbox: boolean }): Promise<BenchDatabase> {
    this.#next += 1;
    const name = `${this.#id}_${this.#next}`;
    this.#databases.add(name);
    const url = await createDatabase(this.infra.postgresUrl, name);
    if (options.outbox) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (const { sql } of outboxMigrations) await client.query(sql);
      await client.end();
    }
    return { name, url };
  }

  async dropDatabase({ name }: BenchDatabase): Promise<void> {
    await dropDatabase(this.infra.postgresUrl, name);
    this.#databases.delete(name);
  }

  async walLevel(): Promise<string> {
    const client = new pg.Client({ connectionString: this.infra.postgresUrl });
    await client.connect();
    const { rows } = await client.query<{ wal_level: string }>('SHOW wal_level');
    await client.end();
    return rows[0]?.wal_level ?? '';
  }

  /** A name for what lives in the whole cluster, or for a topic. */
  name(): string {
    this.#next += 1;
    return `${this.#id}_${this.#next}`;
  }

  async topic(): Promise<string> {
    const name = this.name();
    this.#topics.add(name);
    await createTopics(this.infra.brokers, [name], PARTITIONS);
    return name;
  }

  /** A topic that was made otherwise, to be taken away at the end. */
  adoptTopic(name: string): void {
    this.#topics.add(name);
  }

  async dropTopic(name: string): Promise<void> {
    await deleteTopics(this.infra.brokers, [name]);
    this.#topics.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.end();
    for (const name of this.#databases) await dropDatabase(this.infra.postgresUrl, name);
    if (this.#topics.size > 0) await deleteTopics(this.infra.brokers, [...this.#topics]);
    await this.infra.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
