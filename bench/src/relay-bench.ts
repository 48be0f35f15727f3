import { thisMachine, type Machine } from './machine.js';
import { measureDrain, type DrainResult } from './parts/measure-drain.js';
import { measureLag, type LagResult } from './parts/measure-lag.js';
import { measureLatency, measureNotify, type LatencyResult, type NotifyResult } from './parts/measure-latency.js';
import {
  measureBacklogs,
  measureHot,
  measurePinned,
  type PinnedResult,
  type ShapeResult,
} from './parts/measure-shapes.js';
import { measureIdle, measureTakeover, type IdleResult, type TakeoverResult } from './parts/measure-worker.js';
import { installPeers } from './peers-installed.js';
import type { BenchEnvironment } from './bench-environment.js';
import { clusterOf, type Cluster } from './cluster.js';

export const PARTS = ['drain', 'backlogs', 'hot', 'pinned', 'latency', 'notify', 'lag', 'idle', 'takeover'] as const;
export type Part = (typeof PARTS)[number];

export interface RelayBenchOptions {
  readonly parts: readonly Part[];
  readonly events: number;
  readonly rounds: number;
  readonly backlogs: readonly number[];
  /** events in the log beside which the lag is read */
  readonly histories: readonly number[];
  readonly seconds: number;
  readonly idleSeconds: number;
  readonly peers: boolean;
  readonly subject: string;
  /** of Kafka; with several, only the relay and kafkajs are drained by */
  readonly brokers: number;
}

export interface RelayBenchResult {
  readonly machine: Machine & {
    readonly versions: Readonly<Record<string, string>>;
    readonly servers: Readonly<Record<string, string>>;
  };
  readonly at: string;
  /** what the topics of the drains are kept on */
  cluster?: Cluster;
  drain?: readonly DrainResult[];
  backlogs?: readonly ShapeResult[];
  hot?: readonly ShapeResult[];
  pinned?: readonly PinnedResult[];
  latency?: readonly LatencyResult[];
  notify?: NotifyResult;
  lag?: readonly LagResult[];
  idle?: IdleResult;
  takeover?: TakeoverResult;
}

const RATES = [600, 100];

/** Measures the parts asked for, one after the other. */
export async function benchRelay(
  environment: BenchEnvironment,
  options: RelayBenchOptions,
  told: (text: string) => void,
): Promise<RelayBenchResult> {
  const { parts, events, rounds, backlogs, histories, seconds, idleSeconds, subject, brokers } = options;
  const peers = options.peers && brokers === 1;
  if (peers && parts.includes('drain')) await installPeers(told);
  const result: RelayBenchResult = {
    machine: {
      ...thisMachine(),
      versions: { ...environment.infra.versions },
      servers: { ...environment.infra.mode },
    },
    at: new Date().toISOString(),
  };
  for (const part of parts) {
    switch (part) {
      case 'drain':
        result.cluster = await clusterOf(environment.infra.brokers, await environment.topic());
        result.drain = await measureDrain(environment, { events, rounds, peers, subject, few: brokers > 1, told });
        break;
      case 'backlogs':
        result.backlogs = await measureBacklogs(environment, { backlogs, rounds, told });
        break;
      case 'hot':
        result.hot = await measureHot(environment, { events, rounds, told });
        break;
      case 'pinned':
        result.pinned = await measurePinned(environment, { events, told });
        break;
      case 'latency':
        result.latency = await measureLatency(environment, { rates: RATES, seconds, told });
        break;
      case 'notify':
        result.notify = await measureNotify(environment, { rounds, seconds: Math.min(seconds, 3), told });
        break;
      case 'lag':
        result.lag = await measureLag(environment, { histories, told });
        break;
      case 'idle':
        result.idle = await measureIdle(environment, { seconds: idleSeconds, told });
        break;
      case 'takeover':
        result.takeover = await measureTakeover(environment, { rounds, told });
        break;
    }
  }
  return result;
}
