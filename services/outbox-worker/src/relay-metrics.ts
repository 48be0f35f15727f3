import { hostname } from 'node:os';
import { REFUSALS } from '@outrider/common';
import type { RelayObserver } from '@outrider/outbox';
import { counter, gauge, histogram } from '@outrider/service-kit/metrics';
import { sendSpans } from '@outrider/service-kit/tracing';
import type { Registry } from 'prom-client';

/** Metrics of relays, with an observer for each database. */
export class RelayMetrics {
  readonly #worker = hostname();
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
  readonly #refused;

  /** @param database the names of all */
  constructor(registry: Registry, database: readonly string[]) {
    const count = <L extends string = never>(
      name: string,
      help: string,
      labels = {} as Readonly<Record<L, readonly string[]>>,
    ) => counter<'database' | L>(registry, { name, help, labels: { database, ...labels } });
    const worker = [this.#worker];
    this.#published = count('outbox_published_total', 'Events acknowledged by the broker and recorded as published');
    this.#errors = count('outbox_publish_errors_total', 'Requests to the broker that failed', {
      fault: ['broker', 'event', 'unclear'],
      reason: [],
    });
    this.#duration = histogram(registry, {
      name: 'outbox_publish_duration_seconds',
      help: 'Time of one request to the broker',
      labels: { database },
    });
    this.#commitToAck = histogram(registry, {
      name: 'outbox_commit_to_ack_seconds',
      help: 'Time from an event’s creation, just before its commit, to its acknowledgement, of up to 50 events of each request; from the writer’s clock to the worker’s, so wrong by what they differ',
      labels: { database },
    });
    this.#owned = gauge(registry, {
      name: 'outbox_shards_owned',
      help: 'Shards that this worker holds, of 64 of each database',
      labels: { database, worker },
      addUp: 'sum',
    });
    this.#takeovers = count('outbox_lease_takeovers_total', 'Shards claimed from a worker whose lease had expired', {
      worker,
    });
    this.#fenced = count(
      'outbox_fenced_total',
      'Events sent under a lease that was lost; another worker sends them again',
      { worker },
    );
    this.#repeated = count(
      'outbox_acknowledged_twice_total',
      'Events acknowledged again because the answer to the first time was lost',
    );
    this.#parked = count('outbox_keys_parked_total', 'Keys parked after a refused event; dead=true: as a dead letter', {
      dead: ['true', 'false'],
    });
    this.#orphaned = count('outbox_orphaned_pointers_total', 'Pointers read whose event is not in the log');
    this.#belowFloor = count(
      'outbox_below_floor_total',
      'Events found below the safe floor of their shard; must stay 0',
    );
    this.#hung = count('outbox_sends_hung_total', 'Sends that did not end within a lease');
    this.#refused = count(
      'outbox_connections_refused_total',
      'Connections of the relay that its database refused, for a reason that only an operator can change',
      { reason: REFUSALS },
    );
  }

  observer(database: string): RelayObserver {
    const of = { database };
    const here = { database, worker: this.#worker };
    return {
      published: (events, ages) => {
        this.#published.inc(of, events);
        for (const age of ages) this.#commitToAck.observe(of, age);
      },
      sending: sendSpans(database),
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
      refused: (reason) => this.#refused.inc({ database, reason }),
    };
  }
}
