import { setTimeout as sleep } from 'node:timers/promises';
import { PartitionRecords, stopIdleTimer, useFastProduceWriter, type TextMessage } from '@outrider/kafkajs-fast';
import { partitionOf } from '@outrider/outbox';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import pg from 'pg';
import { sqlOn, type Sql } from './database.js';
import { SHARDS } from './outbox.js';

const PER_SHARD = 250;
const POLL_MS = 500;
const PARTITIONS = 12;
/** of a lease: a request that takes longer is given up before somebody else may have the shard */
const REQUEST_SHARE = 3;

const BEAT = `INSERT INTO outbox_relay VALUES ($1, now()+$2*interval '1 ms')
  ON CONFLICT (owner) DO UPDATE SET alive_until=excluded.alive_until`;
// each relay holds its part of the shards: what is its own first, then what is free or whose owner is dead
const SHARE = `WITH alive AS (SELECT ceil(${SHARDS}::float8/count(*))::int AS share FROM outbox_relay WHERE alive_until>now()),
mine AS (SELECT shard FROM outbox_lease WHERE owner=$1 OR lease_until<now() ORDER BY owner<>$1, shard LIMIT (SELECT share FROM alive)
  FOR UPDATE SKIP LOCKED)
UPDATE outbox_lease l SET owner=$1, lease_until=now()+$2*interval '1 ms', epoch=CASE WHEN owner=$1 THEN epoch ELSE epoch+1 END
FROM mine WHERE l.shard=mine.shard RETURNING l.shard, l.epoch`;
const RELEASE = `UPDATE outbox_lease SET owner='', lease_until='-infinity' WHERE owner=$1 AND shard<>ALL($2::smallint[])`;
const PAGE = `SELECT e.* FROM unnest($1::smallint[]) s(shard)
  CROSS JOIN LATERAL (SELECT shard,id,key,topic,payload,headers FROM outbox o WHERE o.shard=s.shard ORDER BY id LIMIT ${PER_SHARD}) e ORDER BY e.id`;
// fenced: nothing is deleted unless every lease is held under the epoch that it was read under
const ACKNOWLEDGE = `WITH f AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($2::smallint[],$3::bigint[]) h(shard,epoch)
  ON l.shard=h.shard AND l.epoch=h.epoch WHERE l.owner=$1 ORDER BY l.shard FOR SHARE OF l),
d AS (DELETE FROM outbox o USING unnest($4::smallint[],$5::bigint[]) s(shard,id)
  WHERE o.shard=s.shard AND o.id=s.id AND (SELECT count(*) FROM f)=cardinality($2::smallint[]))
SELECT count(*) AS held FROM f`;

interface Row {
  readonly shard: number;
  readonly id: number;
  readonly key: string;
  readonly topic: string;
  readonly payload: string;
  readonly headers: string;
}
interface Lease {
  readonly shard: number;
  readonly epoch: number;
}

export interface RelayOptions {
  readonly owner: string;
  readonly urls: readonly string[];
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly leaseMs: number;
}

/** Brings the events of all databases to Kafka, each database by itself; a database or broker that is away is waited for. */
export async function relay(options: RelayOptions): Promise<void> {
  stopIdleTimer();
  useFastProduceWriter();
  const kafka = new Kafka({
    clientId: 'by-hand.relay',
    brokers: [...options.brokers],
    logLevel: logLevel.ERROR,
    requestTimeout: options.leaseMs / REQUEST_SHARE,
    retry: { retries: 0 },
  });
  await Promise.all(options.urls.map((url) => forever(() => drain(options, kafka, url))));
}

async function forever(work: () => Promise<void>): Promise<void> {
  for (;;) {
    await work().catch((error: unknown) => console.error(error));
    await sleep(POLL_MS);
  }
}

async function drain({ owner, leaseMs, topicPrefix }: RelayOptions, kafka: Kafka, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  let told = (): void => undefined;
  // the next statement rejects
  client.on('error', () => told());
  client.on('notification', () => told());
  try {
    await Promise.all([client.connect(), producer.connect()]);
    await client.query('LISTEN outbox');
    const sql = sqlOn(client);
    let leases: Lease[] = [];
    let beatAt = 0;
    for (;;) {
      const notified = new Promise<void>((resolve) => (told = resolve));
      if (performance.now() >= beatAt) {
        beatAt = performance.now() + leaseMs / REQUEST_SHARE;
        await sql(BEAT, [owner, leaseMs]);
        leases = await sql<Lease>(SHARE, [owner, leaseMs]);
        await sql(RELEASE, [owner, leases.map(({ shard }) => shard)]);
      }
      const sent = await sendPage(sql, producer, topicPrefix, owner, leases);
      if (sent === 0) {
        const wait = new AbortController();
        await Promise.race([notified, sleep(POLL_MS, undefined, { signal: wait.signal }).catch(() => undefined)]);
        wait.abort();
      }
    }
  } finally {
    await Promise.allSettled([client.end(), producer.disconnect()]);
  }
}

/** @throws when the leases are lost: what was sent is sent again by somebody else, and known by its id */
async function sendPage(
  sql: Sql,
  producer: Producer,
  topicPrefix: string,
  owner: string,
  leases: readonly Lease[],
): Promise<number> {
  const rows = await sql<Row>(PAGE, [leases.map(({ shard }) => shard)]);
  if (rows.length === 0) return 0;
  const topics = new Map<string, Map<number, TextMessage[]>>();
  for (const { key, topic, payload, headers } of rows) {
    const partition = partitionOf(key, PARTITIONS);
    const partitions = topics.get(topic) ?? new Map<number, TextMessage[]>();
    topics.set(topic, partitions);
    const records = partitions.get(partition) ?? [];
    partitions.set(partition, records);
    records.push({ key, value: payload, headers: JSON.parse(headers) as Record<string, string> });
  }
  await producer.sendBatch({
    acks: -1,
    topicMessages: [...topics].map(([topic, partitions]) => ({
      topic: topicPrefix + topic,
      messages: [...partitions].map(([partition, records]) => new PartitionRecords(partition, records) as Message),
    })),
  });
  const [answer] = await sql<{ held: number }>(ACKNOWLEDGE, [
    owner,
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    rows.map(({ shard }) => shard),
    rows.map(({ id }) => id),
  ]);
  if (answer?.held !== leases.length) throw new Error(`${owner} has lost leases`);
  return rows.length;
}
