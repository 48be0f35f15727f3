import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@outrider/scripts/run/project';

/** Somebody who brings events from a database to Kafka. */
export interface SubjectSpec {
  readonly name: string;
  /** what it is, in the report: which settings, and what they are good for */
  readonly note: string;
  readonly script: string;
  readonly variant: string;
  readonly ordered: boolean;
  /** has an outbox of ours in its database */
  readonly outbox: boolean;
  /** reads the write-ahead log, so the server must be set up for that */
  readonly logical: boolean;
  /** share of the asked events that it is given: the slow ones would take an hour otherwise */
  readonly share: number;
}

const own = (file: string): string => fileURLToPath(new URL(`./subject/${file}.js`, import.meta.url));
const peer = (file: string): string => join(PROJECT_ROOT, 'bench/peers', `${file}.mjs`);
const ours = { ordered: true, outbox: false, logical: false, share: 1 } as const;
const theirs = { ordered: false, outbox: false, logical: false, variant: '', share: 0.5 } as const;

export const RELAY: SubjectSpec = {
  ...ours,
  name: 'relay',
  note: 'one worker, default settings',
  script: own('relay-main'),
  variant: '',
  outbox: true,
};

/** The relay with KAFKA_CLIENT=platformatic. */
export const RELAY_PLATFORMATIC: SubjectSpec = {
  ...RELAY,
  name: 'relay, platformatic',
  note: 'the same on @platformatic/kafka',
  variant: 'platformatic',
};

/** What the patches of kafkajs are worth. */
export const RELAY_UNPATCHED: SubjectSpec = {
  ...RELAY,
  name: 'relay, unpatched kafkajs',
  note: 'the same without the fast writer of kafkajs-fast',
  variant: 'unpatched',
};

/** The relay without what reads logins again at each connection. */
export const RELAY_BARE: SubjectSpec = {
  ...RELAY,
  name: 'relay, bare connections',
  note: 'PostgreSQL by URL, kafkajs with sockets of its own',
  variant: 'bare',
};

/** The relay with the setting safeFloor. */
export const RELAY_FROM_FLOOR: SubjectSpec = { ...RELAY, name: 'relay, safe floor', variant: 'floor' };

/** kafkajs as it is, with as many connections as the relay has lanes: what a handler that sends can reach by itself. */
export const RAW: SubjectSpec = {
  ...ours,
  name: 'raw kafkajs',
  note: 'sendBatch of 2,000, acks all, 2 connections with one request in flight each',
  script: own('raw-kafkajs-main'),
  variant: '2',
};

/** What the relay could reach if reading and acknowledging were free. */
export const RAW_FAST: SubjectSpec = {
  ...RAW,
  name: 'raw kafkajs, fast writer',
  note: "the same with the relay's writer of requests",
  variant: '2 fast',
};

/** The other client by itself. */
export const RAW_PLATFORMATIC: SubjectSpec = {
  ...RAW,
  name: 'raw @platformatic/kafka',
  note: 'send of 2,000, acks all, 2 connections with one request in flight each',
  script: own('raw-platformatic-main'),
};

export const RAW_SINGLE: SubjectSpec = {
  ...RAW,
  name: 'raw kafkajs, 1 connection',
  note: 'the same over one connection',
  variant: '1',
};

export const PEERS: readonly SubjectSpec[] = [
  {
    ...theirs,
    name: 'graphile-worker',
    note: 'local queue 500, 500 jobs at once, completion in batches; sends gathered over all jobs at hand',
    script: peer('graphile-worker'),
  },
  {
    ...theirs,
    name: 'graphile-worker, a request each',
    note: 'the same, each job sends its event by itself, as its handlers do',
    script: peer('graphile-worker'),
    variant: 'single',
  },
  {
    ...theirs,
    name: 'graphile-worker, ordered',
    note: '24 jobs at once, no local queue, a named queue for each of 64 shards of the keys',
    script: peer('graphile-worker'),
    ordered: true,
    share: 0.1,
  },
  { ...theirs, name: 'pg-boss', note: 'batches of 500, LISTEN, burst', script: peer('pg-boss') },
  {
    ...theirs,
    name: 'pg-boss, ordered',
    note: 'policy key_strict_fifo by key, the rest the same',
    script: peer('pg-boss'),
    ordered: true,
    share: 0.1,
  },
  {
    ...theirs,
    name: 'pg-transactional-outbox, polling',
    note: 'batches of 20, messages marked parallel',
    script: peer('pg-transactional-outbox'),
    share: 0.1,
  },
  {
    ...theirs,
    name: 'pg-transactional-outbox, polling, ordered',
    note: 'batches of 5 (default), a segment for each key',
    script: peer('pg-transactional-outbox'),
    ordered: true,
    share: 0.1,
  },
  {
    ...theirs,
    name: 'pg-transactional-outbox, replication',
    note: 'logical replication, 100 messages at once',
    script: peer('pg-transactional-outbox'),
    variant: 'replication',
    logical: true,
    share: 0.1,
  },
  {
    ...theirs,
    name: 'pg-transactional-outbox, replication, ordered',
    note: 'logical replication, one after the other in each segment, a segment for each key',
    script: peer('pg-transactional-outbox'),
    variant: 'replication',
    ordered: true,
    logical: true,
    share: 0.1,
  },
];
