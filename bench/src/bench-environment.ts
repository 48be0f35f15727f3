import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outboxMigrations } from '@outrider/outbox';
import { kafkaAdministrator, type RunSecurity } from '@outrider/scripts/installation/secure-servers';
import {
  createDatabase,
  createRoles,
  createTopics,
  deleteTopics,
  dropDatabase,
  Keeper,
  startInfra,
  type Infra,
  type TopicAdministrator,
} from '@outrider/testkit';
import pg from 'pg';
import { allowWriting, BENCH_USER } from './security/allow-writing.js';
import type { Access } from './subject/protocol.js';

const PARTITIONS = 12;
const MOST_COPIES = 3;

export interface BenchDatabase {
  readonly name: string;
  readonly url: string;
}

export interface EnvironmentOptions {
  readonly security?: RunSecurity;
  readonly fullJvm?: boolean;
  readonly brokers?: number;
}

/** Servers, and what a bench makes on them and takes away again: databases, topics, processes, files. */
export class BenchEnvironment implements AsyncDisposable {
  readonly #id = `bench_${randomBytes(4).toString('hex')}`;
  readonly #databases = new Set<string>();
  readonly #topics = new Set<string>();
  readonly #topicAdministrator: TopicAdministrator;
  readonly #left = new AbortController();
  readonly #working = new Set<Promise<unknown>>();
  #next = 0;

  private constructor(
    readonly infra: Infra,
    /** ends what is started by it, however this process ends; keeps this process alive until it is ended itself */
    readonly keeper: Keeper,
    readonly directory: string,
    private readonly security: RunSecurity | undefined,
    /** by what a subject gets into the servers; undefined: in plain text, without a login */
    readonly access: Access | undefined,
    /** of each partition of a topic that is made here */
    private readonly copies: number,
  ) {
    this.#topicAdministrator = security === undefined ? infra.brokers : kafkaAdministrator(infra, security);
  }

  /**
   * @param options.security of servers that speak TLS and want a login; by default they speak plain text
   * @param options.fullJvm see InfraOptions
   * @param options.brokers of an embedded Kafka: a topic has three copies where there are as many
   */
  static async open(
    log: (line: string) => void,
    { security, fullJvm = false, brokers = 1 }: EnvironmentOptions = {},
  ): Promise<BenchEnvironment> {
    const infra = await startInfra({
      parts: ['postgres', 'kafka'],
      log,
      fullJvm,
      brokers,
      ...(security && { security: security.servers }),
    });
    const keeper = await Keeper.start();
    const directory = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
    await keeper.removeAtEnd(directory);
    const copies = Math.min(MOST_COPIES, brokers);
    return new BenchEnvironment(infra, keeper, directory, security, await accessTo(infra, security), copies);
  }

  async database(options: { readonly outbox: boolean }): Promise<BenchDatabase> {
    this.#next += 1;
    const name = `${this.#id}_${this.#next}`;
    this.#databases.add(name);
    const owner = this.access?.user;
    const url = await createDatabase(this.infra.postgresUrl, name, owner);
    if (options.outbox) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      if (owner !== undefined) await client.query(`SET ROLE ${pg.escapeIdentifier(owner)}`);
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
    await createTopics(this.#topicAdministrator, [name], PARTITIONS, this.copies);
    if (this.security !== undefined) await allowWriting(kafkaAdministrator(this.infra, this.security), name);
    return name;
  }

  /**
   * Work with what was made here. Where the environment is left before it is done, the signal is aborted, and nothing is
   * taken away before the work has ended.
   * @throws AbortError where it has been left already
   */
  async during<T>(work: (left: AbortSignal) => Promise<T>): Promise<T> {
    this.#left.signal.throwIfAborted();
    const working = work(this.#left.signal);
    this.#working.add(working);
    try {
      return await working;
    } finally {
      this.#working.delete(working);
    }
  }

  /** A topic that was made otherwise, to be taken away at the end. */
  adoptTopic(name: string): void {
    this.#topics.add(name);
  }

  async dropTopic(name: string): Promise<void> {
    await deleteTopics(this.#topicAdministrator, [name]);
    this.#topics.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#left.abort();
    await Promise.allSettled(this.#working);
    await this.keeper.end();
    try {
      for (const name of this.#databases) await dropDatabase(this.infra.postgresUrl, name);
      if (this.#topics.size > 0) await deleteTopics(this.#topicAdministrator, [...this.#topics]);
    } finally {
      await this.infra.stop();
      await rm(this.directory, { recursive: true, force: true });
    }
  }
}

/** A role of PostgreSQL that owns the databases, and a user of Kafka, who both log in by certificate, as the worker does. */
async function accessTo(
  { postgresUrl, certificateBrokers }: Infra,
  security: RunSecurity | undefined,
): Promise<Access | undefined> {
  if (security === undefined) return undefined;
  await createRoles(postgresUrl, [{ name: BENCH_USER }], security.servers.certificateGroup);
  const { cert, key } = await security.authority.issue({ name: BENCH_USER });
  return { user: BENCH_USER, brokers: certificateBrokers, tls: { ca: security.authority.cert, cert, key } };
}
