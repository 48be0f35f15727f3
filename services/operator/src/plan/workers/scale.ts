import { CONNECTIONS_PER_DATABASE, type OutboxWorkerSpec, type OutboxWorkerStatus } from '../../api/outbox-worker.js';
import { iso, milliseconds, since } from '../duration.js';
import type { WorkersMeasured } from '../observed.js';

export type Scaling = NonNullable<OutboxWorkerSpec['scaling']>;
export type Scaled = NonNullable<OutboxWorkerStatus['scaling']>;

export interface ScaleDecision {
  readonly scaled: Scaled;
  /** `stuck`: more workers would not help, `scaled.reason` says why; `unknown`: it was not read whole */
  readonly lag: 'falling' | 'stuck' | 'unknown';
}

/** Readings that added workers are given before their effect is judged. */
const READINGS = 3;
/** A worker is taken away only if the others then have this much of their time left, as a part of 1. */
const SPARE = 0.3;
/** What counts as more events a second, and not as chance. */
const MORE = 1.1;

/**
 * How many workers there should be. Up fast: as many as it takes to publish what is pending within `targetAge`, at the
 * most twice as many at once, and twice as many where more is pending than is counted. Down slowly: one at a time, after
 * fewer would have been enough for `scaleDownAfter`.
 * What is not known changes nothing; what is not load adds nobody.
 * @param before what was decided last; undefined: nothing was yet
 * @param ready workers that are ready
 * @param now ms since 1970
 */
export function scale(
  scaling: Scaling,
  before: Scaled | undefined,
  measured: WorkersMeasured | undefined,
  ready: number,
  now: number,
): ScaleDecision {
  const cap = mostWorkers(scaling, measured);
  const { replicas } = before ?? { replicas: scaling.minReplicas };
  const least = Math.min(scaling.minReplicas, cap);
  const bounded = Math.min(Math.max(replicas, least), cap);
  const current: Scaled = {
    ...(before ?? { changedAt: iso(now) }),
    replicas: bounded,
    ...(bounded !== replicas && { changedAt: iso(now) }),
  };
  const { oldestAgeSeconds: age, pendingEvents: pending, eventsPerSecond: rate } = measured ?? {};
  if (measured === undefined || age === undefined || pending === undefined || rate === undefined) {
    return hold({ ...current, reason: 'The lag is not known; the number of workers stays.' }, 'unknown');
  }
  const target = milliseconds(scaling.targetAge) / 1000;
  const { morePending: more } = measured;
  const known = { age, pending, more, rate, target, workers: Math.max(1, measured.workers) };
  return age > target
    ? underLoad(scaling, current, known, cap, ready, now)
    : atRest(scaling, current, known, least, now);
}

interface Known {
  readonly age: number;
  readonly pending: number;
  /** whether there are more than these */
  readonly more: boolean;
  readonly rate: number;
  readonly target: number;
  readonly workers: number;
}

const hold = (scaled: Scaled, lag: ScaleDecision['lag'] = 'falling'): ScaleDecision => ({ scaled, lag });

function underLoad(
  scaling: Scaling,
  current: Scaled,
  { age, pending, more, rate, target, workers }: Known,
  cap: number,
  ready: number,
  now: number,
): ScaleDecision {
  const { enoughSince: _over, goneBy, ...busy } = current;
  const late = `The oldest event is ${Math.round(age)} s old, the target is ${target} s`;
  if (rate === 0) {
    const stopped = `${late}, and nothing is published: that is no load. See whether the broker answers.`;
    return hold({ ...busy, reason: stopped }, 'stuck');
  }
  if (!more && pending / rate <= target) {
    // When what is pending now has gone, the oldest is younger than the target: later than that something does not leave.
    const by = goneBy ?? iso(now + target * 1000 + milliseconds(scaling.interval));
    const soon = `${pending} pending events take ${Math.ceil(pending / rate)} s at ${Math.round(rate)} a second`;
    if (now <= Date.parse(by)) return hold({ ...busy, goneBy: by, reason: `${late}; ${soon}.` });
    const stuck = `${late}, though ${soon}: some do not leave, which is no load. See the broker and outrider outbox shards.`;
    return hold({ ...busy, goneBy: by, reason: stuck }, 'stuck');
  }
  const { oldestAgeSeconds, eventsPerSecond, eventsPerSecondPerWorker = 0 } = current;
  const perWorker = rate / workers;
  const seen = { ...busy, eventsPerSecondPerWorker: Math.max(eventsPerSecondPerWorker, Math.floor(perWorker)) };
  if (ready < current.replicas) return hold({ ...seen, reason: `${late}; added workers are not ready yet.` });
  const young = since(current.changedAt, now) < READINGS * milliseconds(scaling.interval);
  if (oldestAgeSeconds !== undefined && young) {
    return hold({ ...seen, reason: `${late}; what the added workers do is awaited.` });
  }
  const helped = oldestAgeSeconds === undefined || age < oldestAgeSeconds || rate > (eventsPerSecond ?? 0) * MORE;
  if (!helped) {
    const useless = `${late}, as before workers were added, and they publish no more events: that is no load. See the broker.`;
    return hold({ ...seen, reason: useless }, 'stuck');
  }
  if (current.replicas >= cap) return hold({ ...seen, reason: `${late}; there may be no more than ${cap} workers.` });
  const needed = more ? current.replicas * 2 : Math.ceil(pending / (perWorker * target));
  const replicas = Math.min(cap, current.replicas * 2, Math.max(current.replicas + 1, needed));
  return hold({
    ...seen,
    replicas,
    changedAt: iso(now),
    oldestAgeSeconds: Math.floor(age),
    eventsPerSecond: Math.floor(rate),
    reason: `${late}; ${more ? 'at least ' : ''}${pending} pending events at ${Math.round(perWorker)} a second and worker take ${needed} workers.`,
  });
}

function atRest(scaling: Scaling, current: Scaled, { rate }: Known, least: number, now: number): ScaleDecision {
  const { oldestAgeSeconds: _age, eventsPerSecond: _rate, goneBy: _by, enoughSince, ...rested } = current;
  const { replicas, eventsPerSecondPerWorker } = current;
  const reason = 'The oldest event is younger than the target.';
  const others = replicas - 1;
  const enough = eventsPerSecondPerWorker === undefined || rate <= eventsPerSecondPerWorker * others * (1 - SPARE);
  if (replicas <= least || !enough) return hold({ ...rested, reason });
  const from = enoughSince ?? iso(now);
  if (since(from, now) < milliseconds(scaling.scaleDownAfter)) return hold({ ...rested, enoughSince: from, reason });
  return hold({
    ...rested,
    replicas: others,
    changedAt: iso(now),
    enoughSince: iso(now),
    reason: `${others} workers were enough for ${scaling.scaleDownAfter}.`,
  });
}

/** As many as have something to do, and as databases allow. While it is not known how many databases there are, none more. */
function mostWorkers(scaling: Scaling, measured: WorkersMeasured | undefined): number {
  const { maxReplicas, databaseConnectionBudget: budget } = scaling;
  const cap = Math.min(maxReplicas, measured?.shards ?? maxReplicas);
  if (budget === undefined || measured?.databases === undefined) return cap;
  return Math.max(1, Math.min(cap, Math.floor(budget / (CONNECTIONS_PER_DATABASE * measured.databases))));
}
