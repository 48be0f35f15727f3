// What all peers share: the bench's protocol (scripts/src/bench/subject), the events, and the handler, which sends to
// the same Kafka topic with the same settings as the relay.
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

const PAYLOAD_BYTES = 300;
/** Events of one statement while a backlog is written. */
const FILL = 500;

/**
 * @param {{
 *   start(config: Config, sender: Sender): Promise<void>,
 *   insert(client: pg.Client, events: Event[]): Promise<void>,
 *   notify?: (client: pg.Client) => Promise<void>,
 *   unfinished(client: pg.Client): Promise<boolean>,
 *   stop(): Promise<void>,
 * }} peer
 * @typedef {{ databaseUrl: string, brokers: string[], topic: string, keys: string[], ordered: boolean, variant: string }} Config
 * @typedef {{ id: string, key: string, payload: Record<string, unknown> }} Event
 */
export function serve(peer) {
  /** @type {Config} */
  let config;
  /** @type {Sender} */
  let sender;
  /** @type {pg.Client} */
  let writer;
  let filled = 0;
  process.once('disconnect', () => process.exit(0));
  process.on('message', (command) => {
    obey(command).then(
      (report) => {
        process.send(report);
        if (command.kind === 'stop') process.exit(0);
      },
      (error) => process.send({ kind: 'failed', message: error instanceof Error ? error.stack : String(error) }),
    );
  });

  async function obey(command) {
    switch (command.kind) {
      case 'start':
        config = command.config;
        sender = await Sender.connect(config);
        writer = new pg.Client({ connectionString: config.databaseUrl });
        await writer.connect();
        await peer.start(config, sender);
        return { kind: 'done' };
      case 'fill':
        await writer.query('BEGIN');
        for (let from = 0; from < command.events; from += FILL) {
          const count = Math.min(FILL, command.events - from);
          await peer.insert(
            writer,
            Array.from({ length: count }, (_, index) => eventOf(config.keys, from + index)),
          );
        }
        filled = command.events;
        return { kind: 'done' };
      case 'release': {
        const cpu = process.cpuUsage();
        const since = performance.now();
        const sent = sender.sent + filled;
        await peer.notify?.(writer);
        await writer.query('COMMIT');
        await sender.reached(sent);
        while (await peer.unfinished(writer)) await new Promise((resolve) => setTimeout(resolve, 5));
        const ms = performance.now() - since;
        const { user, system } = process.cpuUsage(cpu);
        return { kind: 'drained', ms, cpuMicros: user + system };
      }
      case 'stop':
        await peer.stop();
        await sender.close();
        await writer.end();
        return { kind: 'done' };
      default:
        throw new Error(`no peer can ${command.kind}`);
    }
  }
}

function eventOf(keys, n) {
  const empty = JSON.stringify({ n, pad: '' });
  return {
    id: randomUUID(),
    key: keys[n % keys.length],
    payload: { n, pad: 'x'.repeat(PAYLOAD_BYTES - empty.length) },
  };
}

/** The handler. Jobs that call it in the same turn of the event loop share a request. */
export class Sender {
  sent = 0;
  #waiting = [];
  #scheduled = false;
  #target = Infinity;
  #reached = () => undefined;

  constructor(producer, topic) {
    this.producer = producer;
    this.topic = topic;
  }

  static async connect({ brokers, topic, variant }) {
    const kafka = new Kafka({ clientId: 'bench.peer', brokers, logLevel: logLevel.ERROR });
    // A request for each event needs many in flight; else one, as the relay's lanes.
    const inFlight = variant === 'single' ? {} : { maxInFlightRequests: 1 };
    const producer = kafka.producer({ allowAutoTopicCreation: false, ...inFlight });
    await producer.connect();
    return new Sender(producer, topic);
  }

  /** @param {Event[]} events */
  async sendAll(events) {
    const messages = events.map(({ id, key, payload }) => ({
      key,
      value: JSON.stringify(payload),
      headers: { ce_id: id, ce_type: 'MEASURED', 'content-type': 'application/json' },
    }));
    await this.producer.sendBatch({ acks: -1, topicMessages: [{ topic: this.topic, messages }] });
    this.sent += events.length;
    if (this.sent >= this.#target) this.#reached();
  }

  /** @param {Event} event */
  send(event) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  /** Resolves when so many have been sent in all. */
  reached(sent) {
    if (this.sent >= sent) return Promise.resolve();
    this.#target = sent;
    return new Promise((resolve) => (this.#reached = resolve));
  }

  close() {
    return this.producer.disconnect();
  }

  #flush() {
    this.#scheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.sendAll(waiting.map(({ event }) => event)).then(
      () => waiting.forEach(({ resolve }) => resolve()),
      (error) => waiting.forEach(({ reject }) => reject(error)),
    );
  }
}
