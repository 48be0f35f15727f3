import { shardOf } from '@outrider/outbox';

/** Times are milliseconds of the wall clock; bench, database and broker are taken to share one. */
export interface Evidence {
  /** what the log holds: what was committed */
  readonly committed: readonly CommittedEvent[];
  /** of the topic, each partition in its order */
  readonly arrivals: readonly Arrival[];
  readonly disturbances: readonly Disturbance[];
  /** in order of time */
  readonly leases: readonly LeaseChange[];
  /** a request is in flight no longer than this */
  readonly inFlightMs: number;
}

export interface CommittedEvent {
  readonly eventId: string;
  readonly key: string;
  /** counted under the key's row lock: 1, 2, 3 … in the order of commits */
  readonly n: number;
}

export interface Arrival extends CommittedEvent {
  /** when the broker took it */
  readonly atMs: number;
}

export interface Disturbance {
  readonly kind: 'kill' | 'pause';
  readonly pid: number;
  readonly fromMs: number;
  /** of a kill: the same */
  readonly untilMs: number;
}

export interface LeaseChange {
  readonly shard: number;
  /** the process that has it from now on; undefined: nobody */
  readonly pid: number | undefined;
  readonly atMs: number;
}

export interface Verdict {
  readonly committed: number;
  readonly delivered: number;
  /** committed and not in the topic */
  readonly lost: readonly string[];
  /** in the topic and not committed */
  readonly invented: readonly string[];
  /** first deliveries that came after a later event of their key */
  readonly outOfOrder: readonly string[];
  readonly duplicates: { readonly kill: number; readonly pause: number };
  /** duplicates that no kill or pause of the shard's holder explains */
  readonly unexplained: readonly string[];
}

/** Clocks, and the time from a signal to its effect. */
const SLACK_MS = 100;

/** What arrived, against what was committed. */
export function judge(evidence: Evidence): Verdict {
  const { committed, arrivals } = evidence;
  const known = new Set(committed.map(({ eventId }) => eventId));
  const lastAt = new Map<string, number>();
  const newest = new Map<string, number>();
  const invented: string[] = [];
  const outOfOrder: string[] = [];
  const unexplained: string[] = [];
  const duplicates = { kill: 0, pause: 0 };
  for (const arrival of arrivals) {
    const { eventId, key, n, atMs } = arrival;
    const name = `${key} no. ${n} (${eventId})`;
    const before = lastAt.get(eventId);
    lastAt.set(eventId, atMs);
    if (before !== undefined) {
      const cause = causeOf(arrival, before, evidence);
      if (cause === undefined) unexplained.push(name);
      else duplicates[cause] += 1;
      continue;
    }
    if (!known.has(eventId)) invented.push(name);
    if (n <= (newest.get(key) ?? 0)) outOfOrder.push(name);
    newest.set(key, Math.max(n, newest.get(key) ?? 0));
  }
  const lost = committed
    .filter(({ eventId }) => !lastAt.has(eventId))
    .map(({ key, n, eventId }) => `${key} no. ${n} (${eventId})`);
  return {
    committed: committed.length,
    delivered: arrivals.length,
    lost,
    invented,
    outOfOrder,
    duplicates,
    unexplained,
  };
}

export function passes({ lost, invented, outOfOrder, unexplained }: Verdict): boolean {
  return [lost, invented, outOfOrder, unexplained].every(({ length }) => length === 0);
}

/**
 * A copy is explained by a process that held the event's shard when it was killed or paused, with the event in hand:
 * one copy it sent shortly before, or when it woke; the other is its successor's.
 */
function causeOf(again: Arrival, beforeMs: number, evidence: Evidence): Disturbance['kind'] | undefined {
  const shard = shardOf(again.key);
  const cause = evidence.disturbances.find(({ pid, fromMs, untilMs }) => {
    const sentInTime = beforeMs >= fromMs - evidence.inFlightMs - SLACK_MS && beforeMs <= untilMs + evidence.inFlightMs;
    return sentInTime && again.atMs >= fromMs - SLACK_MS && holderAt(evidence.leases, shard, fromMs) === pid;
  });
  return cause?.kind;
}

function holderAt(leases: readonly LeaseChange[], shard: number, atMs: number): number | undefined {
  return leases.findLast((change) => change.shard === shard && change.atMs <= atMs)?.pid;
}
