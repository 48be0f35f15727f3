import { addReading, NO_INCREASES, type Counts, type Evidence, type Increases, type Reading } from '@outrider/judge';
import type { Counting } from '../plan/counting-key.js';
import type { Series } from './exposition.js';
import { allRead, largest, sourceOf, type PodReading } from './pod-reading.js';

/** The metrics that a roll-out is counted by. */
export const ROLLOUT_METRICS: ReadonlySet<string> = new Set([
  'outrider_build_info',
  'http_request_duration_seconds_count',
  'inbox_handled_total',
  'saga_finished_total',
  'saga_answers_total',
  'saga_overdue',
  'saga_ended_late_total',
  'saga_open_late',
  'books_difference',
]);

/** Requests of these are no work. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);
const PARKED: ReadonlySet<string> = new Set(['parked', 'unreadable']);

/** One look at all pods that a roll-out is judged by, at one time. */
export interface Look {
  /** of the service that is rolled out, of both revisions */
  readonly own: readonly PodReading[];
  /** of order, which counts how orders end and what it is answered; the same as `own` for a roll-out of order */
  readonly order: readonly PodReading[];
  readonly reconciler: readonly PodReading[];
}

/**
 * Counts what both revisions do, from the first look on. It lives in memory: after a restart of the operator counting
 * begins again, on both sides, so that the two are always counted over the same time.
 */
export class RolloutCount {
  readonly key: string;
  /** what runs at the first look: what it has counted before is not of this step */
  #before: ReadonlySet<string> | undefined;
  readonly #requests = new Map<string, Increases>();
  #sagas: Increases = NO_INCREASES;
  #starts: Increases = NO_INCREASES;
  #look: Look | undefined;
  readonly #outOfMemory = new Map<string, Set<string>>();
  readonly #killedBefore = new Set<string>();
  readonly #versions = new Map<string, Set<string>>();
  readonly #overdueBefore = new Map<string, number>();
  /** by version: orders that were late at the first look that saw it */
  #lateBefore: ReadonlyMap<string, number> | undefined;
  readonly #booksBefore = new Map<string, number>();

  constructor(private readonly counting: Counting) {
    this.key = counting.key;
  }

  add(look: Look): void {
    const pods = [...look.own, ...look.order, ...look.reconciler];
    const first = this.#look === undefined;
    this.#before ??= new Set(pods.flatMap((pod) => [pod.uid, sourceOf(pod)]));
    for (const pod of look.own) {
      const { revision } = pod;
      if (revision === undefined) continue;
      this.#addStarts(pod, revision, first);
      if (pod.series === undefined) continue;
      const before = this.#requests.get(revision) ?? NO_INCREASES;
      this.#requests.set(revision, this.#add(before, sourceOf(pod), requestsOf(pod.series)));
      this.#addVersions(pod.series, revision);
    }
    for (const pod of look.order) {
      if (pod.series !== undefined) this.#sagas = this.#add(this.#sagas, sourceOf(pod), sagasOf(pod.series));
    }
    this.#keepLeast(this.#overdueBefore, largest(look.order, 'saga_overdue', 'started_version'), first);
    if (countsLate(look.order)) this.#lateBefore ??= this.#late(look);
    this.#keepLeast(
      this.#booksBefore,
      largest(look.reconciler, 'books_difference', 'kind'),
      this.#booksBefore.size === 0,
    );
    this.#look = look;
  }

  /** What was counted so far; undefined before the first look. */
  evidence(): Evidence | undefined {
    const look = this.#look;
    if (look === undefined) return undefined;
    const { canary, stable } = this.counting;
    // two revisions under one name cannot be told apart
    const [ofCanary, ofStable] = [this.#versionsOf(canary), this.#versionsOf(stable)];
    const mixed = [...ofCanary].some((version) => ofStable.has(version));
    return {
      canary: mixed ? undefined : this.#counts(look, canary),
      stable: mixed ? undefined : this.#counts(look, stable),
      restarts: this.#starts.total[canary] ?? 0,
      outOfMemoryKills: this.#outOfMemory.get(canary)?.size ?? 0,
      booksDifferences: this.#booksDifferences(look),
    };
  }

  #addStarts({ uid, restarts, outOfMemoryAt }: PodReading, revision: string, first: boolean): void {
    this.#starts = this.#add(this.#starts, uid, { [revision]: restarts });
    if (outOfMemoryAt === undefined) return;
    const kill = `${uid} ${outOfMemoryAt}`;
    if (first) this.#killedBefore.add(kill);
    if (!this.#killedBefore.has(kill)) setOf(this.#outOfMemory, revision).add(kill);
  }

  /** What a revision calls itself in what it counts. */
  #addVersions(series: readonly Series[], revision: string): void {
    for (const { name, labels } of series) {
      const version = labels['revision'];
      if (name === 'outrider_build_info' && version !== undefined) setOf(this.#versions, revision).add(version);
    }
  }

  #versionsOf(revision: string): ReadonlySet<string> {
    return this.#versions.get(revision) ?? new Set();
  }

  #counts(look: Look, revision: string): Counts | undefined {
    const own = look.own.filter((pod) => pod.revision === revision && pod.running);
    if (own.length === 0 || !allRead(own) || !allRead(look.order)) return undefined;
    const requests = this.#requests.get(revision)?.total ?? {};
    const versions = this.#versionsOf(revision);
    const overdue = largest(look.order, 'saga_overdue', 'started_version');
    const ofVersions = (kind: string): Record<string, number> => this.#ofVersions(kind, versions);
    return {
      ordersEnded: ofVersions('ended'),
      orderTimes: this.#orderTimes(look, versions),
      ordersOverdue: sum([...versions].map((version) => this.#more(this.#overdueBefore, overdue, version))),
      answers: ofVersions('answered'),
      requests: requests['requests'] ?? 0,
      serverErrors: requests['serverErrors'] ?? 0,
      messages: requests['messages'] ?? 0,
      messagesParked: requests['messagesParked'] ?? 0,
    };
  }

  #ofVersions(kind: string, versions: ReadonlySet<string>): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [series, count] of Object.entries(this.#sagas.total)) {
      const [what = '', value = '', version = ''] = series.split(' ');
      if (what === kind && versions.has(version)) found[value] = (found[value] ?? 0) + count;
    }
    return found;
  }

  #orderTimes(look: Look, versions: ReadonlySet<string>): Counts['orderTimes'] {
    const before = this.#lateBefore;
    if (before === undefined || !countsLate(look.order)) return undefined;
    const now = this.#late(look);
    const ended = sum(Object.values(this.#ofVersions('ended', versions)));
    const endedLate = sum(Object.values(this.#ofVersions('late', versions)));
    const late = sum([...versions].map((version) => (now.get(version) ?? 0) - (before.get(version) ?? 0)));
    return { inTime: Math.max(0, ended - endedLate), late: Math.max(0, late) };
  }

  /**
   * By version, those that have ended since the first look and those that are open: an order that is late stays so, and an
   * end takes it from the one number to the other. So what this has grown by are the orders that became late since.
   */
  #late({ order }: Look): ReadonlyMap<string, number> {
    const open = largest(order, 'saga_open_late', 'started_version');
    const versions = new Set([...open.keys(), ...[...this.#versions.values()].flatMap((names) => [...names])]);
    return new Map(
      [...versions].map((version) => [
        version,
        (open.get(version) ?? 0) + sum(Object.values(this.#ofVersions('late', new Set([version])))),
      ]),
    );
  }

  #booksDifferences({ reconciler }: Look): number | undefined {
    if (!allRead(reconciler)) return undefined;
    const now = largest(reconciler, 'books_difference', 'kind');
    return now.size === 0 ? undefined : sum([...now.keys()].map((kind) => this.#more(this.#booksBefore, now, kind)));
  }

  #more(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>, key: string): number {
    return Math.max(0, (now.get(key) ?? 0) - (before.get(key) ?? 0));
  }

  /** What was there at the beginning, or the least since then: what was repaired in between is new when it comes back. */
  #keepLeast(before: Map<string, number>, shown: ReadonlyMap<string, number>, first: boolean): void {
    for (const [key, value] of shown) {
      const known = before.get(key) ?? (first ? value : 0);
      before.set(key, Math.min(known, value));
    }
  }

  #add(increases: Increases, source: string, reading: Reading): Increases {
    return addReading(increases, source, reading, this.#before?.has(source) !== true);
  }
}

/** Whether every pod of order that runs says how many late orders are open: one of an older version does not. */
const countsLate = (pods: readonly PodReading[]): boolean =>
  pods.every(({ running, series }) => !running || series?.some(({ name }) => name === 'saga_open_late') === true);

function setOf(sets: Map<string, Set<string>>, key: string): Set<string> {
  let found = sets.get(key);
  if (found === undefined) sets.set(key, (found = new Set()));
  return found;
}

function requestsOf(series: readonly Series[]): Reading {
  const reading = { requests: 0, serverErrors: 0, messages: 0, messagesParked: 0 };
  for (const { name, labels, value } of series) {
    if (name === 'http_request_duration_seconds_count' && !PROBES.has(labels['route'] ?? '')) {
      reading.requests += value;
      if (labels['status']?.startsWith('5') === true) reading.serverErrors += value;
    } else if (name === 'inbox_handled_total') {
      reading.messages += value;
      if (PARKED.has(labels['outcome'] ?? '')) reading.messagesParked += value;
    }
  }
  return reading;
}

function sagasOf(series: readonly Series[]): Reading {
  const reading: Record<string, number> = {};
  const count = (key: string, value: number): void => void (reading[key] = (reading[key] ?? 0) + value);
  for (const { name, labels, value } of series) {
    const { outcome = '', started_version: started = '', answer = '', answered_version: answered = '' } = labels;
    if (name === 'saga_finished_total') count(`ended ${outcome} ${started}`, value);
    else if (name === 'saga_ended_late_total') count(`late ENDED ${started}`, value);
    else if (name === 'saga_answers_total') count(`answered ${answer} ${answered}`, value);
  }
  return reading;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
