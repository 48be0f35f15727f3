import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptProcess } from '@outrider/testkit';
import { signal } from '../workers.js';
import type { Seeded } from './seeded.js';
import type { Disturbance } from './verdict.js';

const LEAST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_000;
const KILLED = 0.5;
/** In leases: long enough for the others to take over. */
const LEAST_PAUSE = 1.3;
const LONGEST_PAUSE = 2;

export interface DisturbOptions {
  readonly leaseMs: number;
  readonly draw: Seeded;
  /** changed here: a killed worker is replaced in its place */
  readonly workers: KeptProcess[];
  readonly start: () => Promise<KeptProcess>;
  readonly told: (text: string) => void;
  readonly stop: AbortSignal;
}

/** Kills workers with -9, or stops them for longer than their lease. Ends with all workers going. */
export async function disturb({ leaseMs, draw, workers, start, told, stop }: DisturbOptions): Promise<Disturbance[]> {
  const disturbances: Disturbance[] = [];
  const paused = new Map<number, Promise<void>>();
  while (!stop.aborted) {
    await sleep(draw.between(LEAST_WAIT_MS, LONGEST_WAIT_MS));
    const slot = draw.below(workers.length);
    const isKill = draw.chance(KILLED);
    const pauseMs = leaseMs * draw.between(LEAST_PAUSE, LONGEST_PAUSE);
    const worker = workers[slot];
    if (stop.aborted || worker === undefined || paused.has(slot)) continue;
    const fromMs = Date.now();
    const { pid } = worker;
    if (isKill) {
      signal(pid, 'SIGKILL');
      await worker.exited;
      disturbances.push({ kind: 'kill', pid, fromMs, untilMs: fromMs });
      told(`worker ${pid} killed`);
      workers[slot] = await start();
    } else {
      signal(pid, 'SIGSTOP');
      told(`worker ${pid} stopped for ${(pauseMs / 1_000).toFixed(1)} s`);
      paused.set(
        slot,
        sleep(pauseMs).then(() => {
          signal(pid, 'SIGCONT');
          disturbances.push({ kind: 'pause', pid, fromMs, untilMs: Date.now() });
          paused.delete(slot);
        }),
      );
    }
  }
  await Promise.all(paused.values());
  return disturbances;
}
