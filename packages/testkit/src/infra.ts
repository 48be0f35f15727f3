import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { allOrFirstFailure } from './all-or-first-failure.js';
import { chooseModes, forcedMode, givenUrl, refuseBrokers, URL_VARIABLE } from './choose-modes.js';
import { dockerAnswers } from './docker/docker-answers.js';
import { startContainer } from './docker/start-container.js';
import { startEmbeddedKafka } from './embedded/start-kafka.js';
import { startEmbeddedPostgres } from './embedded/start-postgres.js';
import { startEmbeddedRedis } from './embedded/start-redis.js';
import { useGivenServer } from './use-given-server.js';
import { Keeper } from './keeper/keeper.js';
import { InfraError } from './infra-error.js';
import type { InfraSecurity } from './security.js';
import { PARTS, type Log, type Mode, type Part, type StartContext, type StartedPart } from './part.js';

export interface InfraOptions {
  /** Forces one mode for every part, before the variable INFRA. */
  readonly mode?: Mode;
  /** Gets, a line at a time, what is downloaded and started, which versions, where, and how long it took. */
  readonly log?: Log;
  /** Where embedded servers keep data from run to run. By default a temporary folder that goes away with them. */
  readonly dataDirectory?: string;
  /** False: the servers do not wait for the disk; for data that may be lost. By default true. */
  readonly durable?: boolean;
  /**
   * True: an embedded Kafka compiles its code in full, as in production; by default it does not, and is up sooner. With the first
   * compiler alone AES has none of the processor's instructions, so TLS costs a broker several times as much.
   */
  readonly fullJvm?: boolean;
  /** Servers speak TLS and want a login; they are started for this run then, not given by URL. By default plain text. */
  readonly security?: InfraSecurity;
  /**
   * Processes of an embedded Kafka, each broker and controller; by default 1. Each topic that does not say otherwise has
   * three copies, or as many as there are brokers, of which all but one must be in sync. Not with security.
   */
  readonly brokers?: number;
  /** By default all three. The URL of a part that was not asked for is empty. */
  readonly parts?: readonly Part[];
}

/** Servers that answer. */
export interface Infra {
  readonly mode: Readonly<Partial<Record<Part, Mode>>>;
  /** As a superuser, to a maintenance database. */
  readonly postgresUrl: string;
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** Process ids of an embedded Kafka, in the order of `brokers`; the first is `pids.kafka`. */
  readonly brokerPids: readonly number[];
  /** With security: for clients that log in by certificate, while those in `brokers` want a password. */
  readonly certificateBrokers: readonly string[];
  readonly redisUrl: string;
  readonly versions: Readonly<Partial<Record<Part, string>>>;
  /** Process ids of the embedded servers, and of the keeper that ends them. */
  readonly pids: Readonly<Partial<Record<Part | 'keeper', number>>>;
  /** Absolute; what the embedded servers write is below it, their logs too. */
  readonly dataDirectory: string;
  /** Stops what was started and removes a temporary data directory. May be called again. */
  stop(): Promise<void>;
}

const NAME = { postgres: 'PostgreSQL', kafka: 'Kafka', redis: 'Redis' } as const satisfies Record<Part, string>;

/**
 * Starts PostgreSQL, Kafka and Redis side by side, each from a URL in the environment (POSTGRES_URL, KAFKA_BROKERS,
 * REDIS_URL), else from Docker where an engine answers, else embedded. They end with `stop`, or with this process,
 * however it ends.
 *
 * @throws InfraError whose message is one sentence on what to install or set; nothing is left running then
 */
export async function startInfra(options: InfraOptions = {}): Promise<Infra> {
  const parts = options.parts ?? PARTS;
  const log = options.log ?? (() => undefined);
  const modes = await chooseModes(parts, forcedMode(options.mode, process.env), process.env, dockerAnswers);
  const { security, brokers = 1 } = options;
  refuseBrokers(modes, brokers, security !== undefined);
  const given = [...modes].filter(([, mode]) => mode === 'url').map(([part]) => URL_VARIABLE[part]);
  if (security !== undefined && given.length > 0) {
    throw new InfraError(
      'INFRA_MODE_INVALID',
      `Servers with certificates of their own are started for the run: unset ${given.join(', ')}.`,
    );
  }
  const keeper = await Keeper.start();
  try {
    const dataDirectory = await prepareDataDirectory(options.dataDirectory, keeper);
    const context = {
      keeper,
      log,
      dataDirectory,
      durable: options.durable ?? true,
      fullJvm: options.fullJvm,
      security,
      brokers,
    };
    const run = randomBytes(6).toString('hex');
    const started = new Map(
      await allOrFirstFailure(
        [...modes].map(async ([part, mode]) => {
          const since = performance.now();
          const running = await startPart(part, mode, run, context);
          const seconds = ((performance.now() - since) / 1000).toFixed(1);
          log(`${NAME[part]} ${running.version}, ${mode}, ${shownUrl(running.url)}, ready in ${seconds} s`);
          return [part, running] as const;
        }),
      ),
    );
    keeper.started();
    return {
      mode: Object.fromEntries(modes),
      postgresUrl: started.get('postgres')?.url ?? '',
      brokers: started.get('kafka')?.url.split(',') ?? [],
      brokerPids: started.get('kafka')?.brokerPids ?? [],
      certificateBrokers: started.get('kafka')?.certificateBroker?.split(',') ?? [],
      redisUrl: started.get('redis')?.url ?? '',
      versions: Object.fromEntries([...started].map(([part, { version }]) => [part, version])),
      pids: Object.fromEntries([['keeper', keeper.pid], ...[...started].map(([part, { pid }]) => [part, pid])]),
      dataDirectory,
      stop: () => keeper.end(),
    };
  } catch (error) {
    await keeper.end();
    throw error;
  }
}

function startPart(part: Part, mode: Mode, run: string, context: StartContext): Promise<StartedPart> {
  switch (mode) {
    case 'url':
      return useGivenServer(part, givenUrl(part, process.env) ?? '');
    case 'docker':
      return startContainer(part, run, context);
    case 'embedded':
      return startEmbedded(part, context);
  }
}

function startEmbedded(part: Part, context: StartContext): Promise<StartedPart> {
  switch (part) {
    case 'postgres':
      return startEmbeddedPostgres(context);
    case 'kafka':
      return startEmbeddedKafka(context);
    case 'redis':
      return startEmbeddedRedis(context);
  }
}

async function prepareDataDirectory(wished: string | undefined, keeper: Keeper): Promise<string> {
  if (wished !== undefined) {
    const directory = resolve(wished);
    await mkdir(directory, { recursive: true });
    return directory;
  }
  const directory = await mkdtemp(join(tmpdir(), 'outrider-'));
  await keeper.removeAtEnd(directory);
  // PostgreSQL may run as another user, who must be able to reach its own folder in here.
  await chmod(directory, 0o711);
  return directory;
}

/** Without the password and the parameters. */
function shownUrl(url: string): string {
  return url.replace(/(\/\/[^:/@]*):[^@/]*@/, '$1@').replace(/\?.*/u, '');
}
