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
import type { BenchRoom } from './room.js';

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
  readonly contender: string;
}

export interface RelayBenchResult {
  readonly machine: Machine & {
    readonly versions: Readonly<Record<string, string>>;
    readonly servers: Readonly<Record<string, string>>;
  };
  readonly at: string;
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
  room: BenchRoom,
  options: RelayBenchOptions,
  told: (text: string) => void,
): Promise<RelayBenchResult> {
  const { parts, events, rounds, backlogs, histories, seconds, idleSeconds, peers, contender } = options;
  if (peers && parts.includes('drain')) await installPeers(told);
  const result: RelayBenchResult = {
    machine: {
      ...thisMachine(),
      versions: { ...room.infra.versions },
      servers: { ...room.infra.mode },
    },
    at: new Date().toISOString(),
  };
  for (const part of parts) {
    switch (part) {
      case 'drain':
        result.drain = await measureDrain(room, { events, rounds, peers, contender, told });
        break;
      case 'backlogs':
        result.backlogs = await measureBacklogs(room, { backlogs, rounds, told });
        break;
      case 'hot':
        result.hot = await measureHot(room, { events, rounds, told });
        break;
      case 'pinned':
        result.pinned = await measurePinned(room, { events, told });
        break;
      case 'latency':
        result.latency = await measureLatency(room, { rates: RATES, seconds, told });
        break;
      case 'notify':
        result.notify = await measureNotify(room, { rounds, seconds: Math.min(seconds, 3), told });
        break;
      case 'lag':
        result.lag = await measureLag(room, { histories, told });
        break;
      case 'idle':
        result.idle = await measureIdle(room, { seconds: idleSeconds, told });
        break;
      case 'takeover':
        result.takeover = await measureTakeover(room, { rounds, told });
        break;
    }
  }
  return result;
}
