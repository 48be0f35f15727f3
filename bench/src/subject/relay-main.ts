import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@outrider/common';
import {
  fixedCredential,
  kafkajsOptions,
  parsePostgresUrl,
  postgresAt,
  postgresServer,
  type KafkaServer,
  type PostgresServer,
} from '@outrider/connections';
import { renewConnections, stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import {
  appendEvents,
  KafkaEventPublisher,
  PostgresOutboxStore,
  Relay,
  requestTimeoutMs,
  DEFAULT_RELAY_SETTINGS,
  type EventPublisher,
  type PublisherLane,
} from '@outrider/outbox';
import { PlatformaticEventPublisher } from '@outrider/outbox/platformatic';
import pg from 'pg';
import { eventOf } from '../events.js';
import type { SubjectConfig, MonotonicNs } from './protocol.js';
import { serve, type Subject } from './serve.js';

const SHARDS = 64;
/** Events of one statement while a backlog is written. */
const FILL = 500;
const LOOK_EVERY_MS = 1_000;
/** As the worker's connections by default. */
const CONNECTION_MAX_AGE_MS = 1_800_000;

const complain = (fields: object, message: string): void => {
  const { err } = fields as { err?: unknown };
  process.stderr.write(`relay: ${message}: ${err instanceof Error ? err.message : JSON.stringify(fields)}\n`);
};
const log: Log = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };

/** The publisher of the worker, which also notes when what was acknowledged. */
class NotingPublisher implements EventPublisher {
  constructor(
    private readonly inner: EventPublisher,
    private readonly note: (eventId: string, at: MonotonicNs) => void,
  ) {}

  open(): PublisherLane {
    const lane = this.inner.open();
    return {
      prepare: (topics) => lane.prepare(topics),
      partitionOf: (topic, key) => lane.partitionOf(topic, key),
      close: () => lane.close(),
      send: async (events) => {
        await lane.send(events);
        const at = String(process.hrtime.bigint());
        for (const { eventId } of events) this.note(eventId, at);
      },
    };
  }
}

/**
 * The outbox worker's relay, as it is. A backlog is written while no relay lives, as one grows in an outage, and drained
 * by a relay that starts then. Variants, any of them: `notes` (times of acknowledgements), `pooled`, `poll-20ms`,
 * `floor`, `platformatic` (the other Kafka client), `unpatched` (kafkajs without the fast writer), `bare` (without
 * packages/connections: PostgreSQL by URL, kafkajs with sockets of its own).
 */
class RelaySubject implements Subject {
  #relay: Relay | undefined;
  #writer: pg.Client | undefined;
  #config: SubjectConfig | undefined;
  #acks: (readonly [string, MonotonicNs])[] = [];
  #filled = 0;
  #published = 0;
  #target = 0;
  #reached: () => void = () => undefined;

  async start(config: SubjectConfig): Promise<void> {
    stopIdleTimer();
    if (!config.variant.split(' ').includes('unpatched')) useFastProduceWriter();
    this.#config = config;
    this.#writer = new pg.Client({ ...serverOf(config).connection(), application_name: 'bench-writer' });
    await this.#writer.connect();
    const held = Promise.withResolvers<void>();
    this.#begin(config, held.resolve);
    await held.promise;
  }

  async fill(events: number): Promise<void> {
    await this.#relay?.stop();
    const { keys = [], topic = '' } = this.#config ?? {};
    for (let from = 0; from < events; from += FILL) {
      const count = Math.min(FILL, events - from);
      const chunk = Array.from({ length: count }, (_, index) =>
        eventOf(topic, keys[(from + index) % keys.length] ?? '', from + index),
      );
      if (this.#writer !== undefined) await appendEvents(this.#writer, chunk);
    }
    this.#filled = events;
  }

  async release(): Promise<void> {
    if (this.#config === undefined) throw new Error('it has not been started');
    this.#target = this.#published + this.#filled;
    const drained = new Promise<void>((resolve) => (this.#reached = resolve));
    this.#begin(this.#config, () => undefined);
    let before = -1;
    // An acknowledgement whose answer is lost is never counted: when nothing is any more, the table decides.
    while (!(await inTime(drained, LOOK_EVERY_MS))) {
      if (before === this.#published && !(await this.#pending())) return;
      before = this.#published;
    }
  }

  async #pending(): Promise<boolean> {
    return (await this.#writer?.query('SELECT 1 FROM outbox_pending LIMIT 1'))?.rowCount === 1;
  }

  #begin(config: SubjectConfig, held: () => void): void {
    const variants = config.variant.split(' ');
    const polls = variants.includes('poll-20ms');
    const kafka = publisherOf(config, variants);
    const server = serverOf(config);
    this.#relay = new Relay({
      store: new PostgresOutboxStore({
        database: variants.includes('bare') ? config.databaseUrl : () => server.connection(),
        pooled: polls || variants.includes('pooled'),
      }),
      publisher: variants.includes('notes')
        ? new NotingPublisher(kafka, (eventId, at) => this.#acks.push([eventId, at]))
        : kafka,
      settings: { ...(polls ? { pollWithoutListenMs: 20 } : {}), safeFloor: variants.includes('floor') },
      log,
      observer: {
        shardsHeld: (shards) => {
          if (shards === SHARDS) held();
        },
        published: (events) => {
          this.#published += events;
          if (this.#published >= this.#target) this.#reached();
        },
      },
    });
    this.#relay.start();
  }

  acks(): (readonly [string, MonotonicNs])[] {
    const acks = this.#acks;
    this.#acks = [];
    return acks;
  }

  async stop(): Promise<void> {
    await this.#relay?.stop();
    await this.#writer?.end();
  }
}

/** Where the database is, and by what the relay gets into it, as the worker is told. */
function serverOf({ databaseUrl, access }: SubjectConfig): PostgresServer {
  if (access === undefined) return postgresAt(databaseUrl);
  const url = new URL(databaseUrl);
  // who made the database has another login, and names its authority in the URL
  [url.username, url.password, url.search] = [access.user, '', ''];
  return postgresServer(fixedCredential(parsePostgresUrl(url.href)), undefined, fixedCredential(access.tls));
}

function publisherOf({ brokers, access }: SubjectConfig, variants: readonly string[]): EventPublisher {
  const timeoutMs = requestTimeoutMs(DEFAULT_RELAY_SETTINGS.leaseMs);
  const clientId = 'bench.relay';
  if (variants.includes('platformatic')) {
    return new PlatformaticEventPublisher({
      kafka: { clientId, bootstrapBrokers: [...brokers] },
      requestTimeoutMs: timeoutMs,
    });
  }
  if (variants.includes('bare')) {
    return new KafkaEventPublisher({
      kafka: { clientId, brokers: [...brokers] },
      requestTimeoutMs: timeoutMs,
      log,
    });
  }
  const server: KafkaServer = {
    brokers: access?.brokers ?? brokers,
    tls: access && fixedCredential(access.tls),
    sasl: undefined,
  };
  const kafka = { clientId, ...kafkajsOptions(server) };
  renewConnections(kafka.socketFactory, CONNECTION_MAX_AGE_MS);
  return new KafkaEventPublisher({ kafka, requestTimeoutMs: timeoutMs, log });
}

/** Whether it ends before so many milliseconds have passed. */
async function inTime(work: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const ended = await Promise.race([
    work.then(() => true),
    sleep(ms, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  return ended;
}

serve(new RelaySubject());
