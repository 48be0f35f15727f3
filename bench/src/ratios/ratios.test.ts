import { expect, test } from '@jest/globals';
import type { DrainResult } from '../parts/measure-drain.js';
import { ratiosOf } from './ratios.js';

const round = (eventsPerSecond: number) => ({
  events: 1,
  eventsPerSecond,
  nodeMicros: 1,
  postgresMicros: undefined,
  brokerMicros: undefined,
  walBytes: undefined,
});
const drained = (subject: string, ordered: boolean, ...rates: readonly number[]): DrainResult => ({
  subject,
  note: '',
  ordered,
  rounds: rates.map(round),
});
const relay = drained('relay', true, 900, 1_000, 5_000);

test('a ratio is one of medians of the same run, to the quickest of the others', () => {
  const drain = [
    relay,
    drained('raw kafkajs', true, 2_000, 1_900, 2_100),
    drained('raw kafkajs, fast writer', true, 9_000),
    drained('graphile-worker', false, 100),
    drained('graphile-worker, a request each', false, 50),
    drained('pg-boss, ordered', true, 20),
    drained('pg-boss', false, 40),
  ];
  const hot = { through: '1 inventory process', spread: [], hot: [], ratio: 1.2 };
  const carried = (...rates: readonly number[]) =>
    rates.map((ordersPerSecond) => ({ ordersPerSecond, p50Ms: 1, p99Ms: 2, nodeMs: {}, machineMs: undefined }));
  const readAt = (readsPerSecond: number) => ({ readsPerSecond, processMicros: 1 });
  const reads = { ours: [readAt(100)], raw: [readAt(200)] };
  const buying = (ordersPerSecond: number) => ({
    customers: 1,
    orders: 1,
    ordersPerSecond,
    p50Ms: 1,
    p99Ms: 1,
    processMs: 1,
    machineMs: undefined,
    residentMiB: 1,
    walBytes: 1,
    failures: {},
  });
  const shops = [
    { shop: 'ours', buying: [buying(10), buying(100)], lastSold: 10 },
    { shop: 'vendure', buying: [buying(5), buying(4)], lastSold: 10 },
  ];
  const byHand = { ours: carried(90, 80, 200), byHand: carried(120, 110, 130) };
  expect(ratiosOf({ drain, hot, replicas: { one: [100, 120, 110], three: [99] }, reads, byHand, shops })).toEqual({
    ordersToHandWritten: 0.75,
    ordersToVendure: 20,
    relayToRawKafka: 0.5,
    relayToBestPeer: 10,
    relayToBestOrderedPeer: 50,
    hotProductToUniform: 1.2,
    productReadToRaw: 0.5,
    threeReplicasToOne: 0.9,
  });
});

test('a ratio of which one side was not measured is absent', () => {
  expect(ratiosOf({})).toEqual({});
  expect(ratiosOf({ drain: [relay] })).toEqual({});
  expect(ratiosOf({ drain: [relay, { ...drained('pg-boss', false), skipped: 'why' }] })).toEqual({});
  expect(ratiosOf({ replicas: { one: [1], three: [] } })).toEqual({});
});
