import { hostname } from 'node:os';
import type { RelayObserver } from '@outrider/outbox';
import { LATENCY_BUCKETS } from '@outrider/service-kit/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Metrics of relays, with an observer for each database. */
export class RelayMetrics {
  readonly #published;
  readonly #errors;
  readonly #duration;
  readonly #commitToAck;
  readonly #owned;
  readonly #takeovers;
  readonly #fenced;
  readonly #repeated;
  readonly #parked;
  readonly #orphaned;
  readonly #hung;
  readonly #belowFloor;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, ...labels: L[]): Counter<'database' | L> =>
      new Counter({ name, help, labelNames: ['database', ...labels], registers });
    const histogram = (name: string, help: string): Histogram<'database'> =>
      new Histogram({ name, help, labelNames: ['database'], buckets: LATENCY_BUCKETS, registers });
    this.#published = counter('outbox_published_total', 'Events acknowledged by the broker and recorded as published');
    this.#errors = counter('outbox_publish_errors_total', 'Requests to the broker that failed', 'fault', 'reason');
    this.#duration = histogram('outbox_publish_duration_seconds', 'Time of one request to the broker');
    this.#commitToAck = histogram(
      'outbox_commit_to_ack_seconds',
      "Time from an event's creation, just before its commit, to its acknowledgement; of up to 50 events of each request",
    );
    this.#owned = new Gauge({
      name: 'outbox_shards_owned',
      help: 'Shards that this worker holds',
      labelNames: ['database', 'worker'],
      registers,
    });
    this.#takeovers = counter(
      'outbox_lease_takeovers_total',
      'Shards claimed from a worker whose lease had expired',
      'worker',
    );
    this.#fenced = counter(
      'outbox_fenced_total',
      'Events sent under a lease that was lost; another worker sends them again',
      'worker',
    );
    this.#repeated = counter(
      'outbox_acknowledged_twice_total',
      'Events acknowledged again because the answer to the first time was lost',
    );
    this.#parked = counter(
      'outbox_keys_parked_total',
      'Keys parked after a refused event; dead=true: as a dead letter',
      'dead',
    );
    this.#orphaned = counter('outbox_orphaned_pointers_total', 'Pointers read whose event is not in the log');
    this.#belowFloor = counter(
      'outbox_below_floor_total',
      'Events found below the safe floor of their shard; must stay 0',
    );
    this.#hung = counter('outbox_sends_hung_total', 'Sends that did not end within a lease');
  }

  observer(database: string): RelayObserver {
    const of = { database };
    const here = { database, worker: hostname() };
    this.#published.inc(of, 0);
    this.#belowFloor.inc(of, 0);
    this.#takeovers.inc(here, 0);
    this.#fenced.inc(here, 0);
    return {
      published: (events, ages) => {
        this.#published.inc(of, events);
        for (const age of ages) this.#commitToAck.observe(of, age);
      },
      sent: (seconds) => this.#duration.observe(of, seconds),
      sendFailed: (fault, reason) => this.#errors.inc({ database, fault, reason }),
      shardsHeld: (shards) => this.#owned.set(here, shards),
      shardsTakenOver: (shards) => this.#takeovers.inc(here, shards),
      fenced: (events) => this.#fenced.inc(here, events),
      acknowledgedTwice: (events) => this.#repeated.inc(of, events),
      parked: (dead) => this.#parked.inc({ database, dead: String(dead) }),
      orphaned: (pointers) => this.#orphaned.inc(of, pointers),
      sendHung: () => this.#hung.inc(of),
      belowFloor: (events) => this.#belowFloor.inc(of, events),
    };
  }
}
