import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';
import { CommandError } from '../../cli/errors.js';
import { runInPod } from '../run-in-pod.js';
import type { TestRun } from '../test-run.js';

/** What no process of an installation reads: what is put there for a test has no effect. */
const TOPIC = 'order-lifecycle-event';
const KEYS = 640;

/** Events number 1 to `events`, in their order; a key is always in one shard. Committed at once. */
const FILL = `WITH event AS (
  INSERT INTO outbox_event (shard, msg_key, topic, event_type, payload)
  SELECT n % 64, $1::text || n % ${KEYS}, $2::text, 'ORDER_PLACED', json_build_object('n', n)::text
  FROM generate_series(1, $3::int) n ORDER BY n
  RETURNING shard, id, event_id)
INSERT INTO outbox_pending (shard, id, event_id) SELECT shard, id, event_id FROM event`;

export interface ReadTopicRequest {
  readonly authority: string;
  readonly password: string;
  readonly topic: string;
  /** of the keys that are counted */
  readonly prefix: string;
}

/** What was found in a topic. */
export interface TopicRead {
  /** different ones */
  readonly events: number;
  /** that came more than once */
  readonly again: number;
  /** that came after one with a higher number of the same key */
  readonly inverted: number;
}
const topicReadSchema = z.object({ events: z.int(), again: z.int(), inverted: z.int() });

/** Events in order's outbox that nobody has published yet. */
export class Backlog {
  readonly #prefix = `backlog-${randomUUID().slice(0, 8)}-`;

  private constructor(
    private readonly test: TestRun,
    private readonly events: number,
  ) {}

  static async fill(test: TestRun, events: number): Promise<Backlog> {
    const backlog = new Backlog(test, events);
    await withOrderDatabase(test, (client) => client.query(FILL, [backlog.#prefix, TOPIC, events]));
    return backlog;
  }

  /** Reads what was published. @throws CommandError when an event is missing, or one of a key came before an earlier one */
  async read(): Promise<TopicRead> {
    const { cluster } = this.test;
    const { 'ca.crt': authority = '', password = '' } = await cluster.secret('kafka-access');
    const request: ReadTopicRequest = { authority, password, topic: TOPIC, prefix: this.#prefix };
    const said = await runInPod(cluster, new URL('read-topic-program.js', import.meta.url), request);
    const read = topicReadSchema.parse(JSON.parse(said));
    if (read.events !== this.events || read.inverted > 0) {
      throw new CommandError(`Of ${this.events} events: ${JSON.stringify(read)}`);
    }
    return read;
  }
}

/** Works on order's database as its owner, by a forwarded port. */
export async function withOrderDatabase<T>(test: TestRun, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { up } = await test.reach();
  const client = new pg.Client({ connectionString: `${up.services.order.databaseUrl}?sslmode=no-verify` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
