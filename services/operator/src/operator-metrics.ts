import { counter, gauge, histogram } from '@outrider/service-kit/metrics';
import type { Gauge, Registry } from 'prom-client';
import type { Call, RestartReason } from './kubernetes/index.js';
import { KINDS } from './observe/kinds.js';

const OWN_KINDS = ['CommerceService', 'OutboxWorker'] as const;
const RESTARTS: readonly RestartReason[] = ['expired', 'silent', 'failed'];
const VERDICTS = ['pass', 'fail', 'hold'] as const;
const ACTIONS = ['status', 'event', 'removeAnnotation', 'apply', 'delete'] as const;

/** A resource that does not get on without a person. */
export interface StalledResource {
  readonly kind: (typeof OWN_KINDS)[number];
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
}

export type ReconcileOutcome = 'done' | 'stale' | 'refused' | 'failed';

/** What the operator shows of its own work. */
export class OperatorMetrics {
  readonly #reconciles;
  readonly #seconds;
  readonly #actions;
  readonly #restarts;
  readonly #verdicts;
  readonly #scrapes;
  readonly #requests;

  /**
   * @param queued how many resources wait
   * @param leads whether this process is the one that writes
   * @param resources how many there are, by kind
   * @param stalled those that wait for a person
   */
  constructor(
    registry: Registry,
    {
      queued,
      leads,
      resources,
      stalled,
    }: {
      queued: () => number;
      leads: () => boolean;
      resources: (kind: (typeof OWN_KINDS)[number]) => number;
      stalled: () => readonly StalledResource[];
    },
  ) {
    this.#reconciles = counter(registry, {
      name: 'operator_reconciles_total',
      help: 'Resources that were looked at (done: as planned; stale: something had changed meanwhile, it is planned again; refused: the API server takes no such object; failed: tried again later)',
      labels: { kind: OWN_KINDS, outcome: ['done', 'stale', 'refused', 'failed'] },
    });
    this.#seconds = histogram(registry, {
      name: 'operator_reconcile_duration_seconds',
      help: 'Time to look at a resource and do what is to be done, pods that are read included',
      labels: { kind: OWN_KINDS },
    });
    this.#actions = counter(registry, {
      name: 'operator_actions_total',
      help: 'Actions of plans that were carried out',
      labels: { action: ACTIONS },
    });
    this.#restarts = counter(registry, {
      name: 'operator_watch_restarts_total',
      help: 'Watches of the API server that were begun again before their time (expired: the history was no longer kept; silent: nothing came any more)',
      labels: { kind: Object.keys(KINDS), reason: RESTARTS },
    });
    this.#verdicts = counter(registry, {
      name: 'operator_verdicts_total',
      help: 'Verdicts of the judge, each time that one changed',
      labels: { verdict: VERDICTS, reason: [] },
    });
    this.#scrapes = counter(registry, {
      name: 'operator_scrape_failures_total',
      help: 'Pods that did not show their metrics when a roll-out or the number of workers was to be judged by them',
    });
    this.#requests = counter(registry, {
      name: 'operator_api_requests_total',
      help: 'Requests to the API server by status; none: there was no answer',
      labels: { method: [], status: [] },
    });
    const depth: Gauge = gauge(registry, {
      name: 'operator_queue_depth',
      help: 'Resources that wait to be looked at',
      addUp: 'sum',
      collect: () => depth.set(queued()),
    });
    const leader: Gauge = gauge(registry, {
      name: 'operator_leader',
      help: 'Whether this process is the one that writes: 1 or 0',
      addUp: 'sum',
      collect: () => leader.set(leads() ? 1 : 0),
    });
    const known = gauge(registry, {
      name: 'operator_resources',
      help: 'Resources that this process knows of',
      labels: { kind: OWN_KINDS },
      addUp: 'max',
      collect: () => {
        for (const kind of OWN_KINDS) known.set({ kind }, resources(kind));
      },
    });
    const waiting = gauge(registry, {
      name: 'operator_stalled',
      help: 'Resources that do not get on without a person, each with the reason of its condition Stalled or LagNotFalling',
      labels: { kind: [], resource_namespace: [], resource: [], reason: [] },
      addUp: 'max',
      collect: () => {
        waiting.reset();
        for (const { kind, namespace, name, reason } of stalled()) {
          waiting.set({ kind, resource_namespace: namespace, resource: name, reason }, 1);
        }
      },
    });
  }

  reconciled(kind: (typeof OWN_KINDS)[number], outcome: ReconcileOutcome, seconds: number): void {
    this.#reconciles.inc({ kind, outcome });
    this.#seconds.observe({ kind }, seconds);
  }

  carriedOut(action: (typeof ACTIONS)[number]): void {
    this.#actions.inc({ action });
  }

  watchRestarted(kind: string, reason: RestartReason): void {
    this.#restarts.inc({ kind, reason });
  }

  judged(verdict: (typeof VERDICTS)[number], reason: string): void {
    this.#verdicts.inc({ verdict, reason });
  }

  scrapeFailed(): void {
    this.#scrapes.inc();
  }

  requested({ method }: Call, status: number | 'none'): void {
    this.#requests.inc({ method, status: String(status) });
  }
}
