import { EVENT_TYPES } from '@outrider/contracts';
import type { Logger } from '@outrider/service-kit/logging';
import {
  counter,
  gauge,
  histogram,
  RecentVersions,
  readGauge,
  type Metrics,
  type Readings,
} from '@outrider/service-kit/metrics';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { CHECK_RESULTS, type CheckObserver, type CheckResult } from './commands/ask-checks.js';
import type { SagaMessage, SagaObserver } from './commands/apply-inputs.js';
import { OUTCOMES, SAGA_STEPS, type Outcome, type SagaStep } from './domain/saga-state.js';
import type { OpenSagas } from './queries/count-open-sagas.js';

/** Seconds; an order takes tens of milliseconds when all is well and minutes when something is not. */
const DURATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

const VERSION = /^[\w.+-]{1,100}$/u;

/** Who answers a command of the saga. */
export type Leg = 'inventory' | 'payment' | 'check';

/** What order counts. Series of versions of which nothing was counted for a day are dropped. */
export class SagaMetrics implements SagaObserver, CheckObserver {
  readonly #version: string;
  readonly #started: Counter<'started_version'>;
  readonly #finished: Counter<'outcome' | 'started_version'>;
  readonly #finishedVersions: RecentVersions;
  readonly #endedLate: Counter<'started_version'>;
  readonly #endedLateVersions: RecentVersions;
  readonly #answers: Counter<'leg' | 'answer' | 'answered_version'>;
  readonly #answerVersions: RecentVersions;
  readonly #duration: Histogram<'outcome'>;
  readonly #ignored: Counter<'step' | 'input'>;
  readonly #checks: Counter<'result'>;

  constructor(
    { registry, version }: Metrics,
    private readonly log: Logger,
    private readonly lateMs: number,
  ) {
    this.#version = version;
    this.#finishedVersions = new RecentVersions(version);
    this.#endedLateVersions = new RecentVersions(version);
    this.#answerVersions = new RecentVersions(version);
    this.#started = counter(registry, {
      name: 'saga_started_total',
      help: 'Orders accepted, by the version that accepted them',
      labels: { started_version: [version] },
    });
    this.#finished = counter(registry, {
      name: 'saga_finished_total',
      help: 'Orders that ended, by outcome and by the version that accepted them',
      labels: { outcome: OUTCOMES, started_version: [version] },
      collect: () => this.#finishedVersions.dropOld(this.#finished),
    });
    this.#endedLate = counter(registry, {
      name: 'saga_ended_late_total',
      help: 'Orders that ended later than SAGA_LATE_MS after they were accepted, by the version that accepted them',
      labels: { started_version: [version] },
      collect: () => this.#endedLateVersions.dropOld(this.#endedLate),
    });
    this.#answers = counter(registry, {
      name: 'saga_answers_total',
      help: 'Events of inventory, payment and a check that were applied to orders, by the version that sent them',
      labels: { leg: [], answer: [], answered_version: [] },
      collect: () => this.#answerVersions.dropOld(this.#answers),
    });
    this.#duration = histogram(registry, {
      name: 'saga_duration_seconds',
      help: 'Time from the acceptance of an order to its end',
      labels: { outcome: OUTCOMES },
      buckets: DURATION_BUCKETS,
    });
    this.#ignored = counter(registry, {
      name: 'saga_ignored_inputs_total',
      help: 'Inputs that were ignored, by step; NONE: the order is not known',
      labels: {
        step: [...SAGA_STEPS, 'NONE'],
        input: [...EVENT_TYPES['order-event'], ...EVENT_TYPES['check-answer-event']],
      },
    });
    this.#checks = counter(registry, {
      name: 'order_check_calls_total',
      help: 'Calls of the function that a shop has bound as the check of its orders, by how they ended',
      labels: { result: CHECK_RESULTS },
    });
  }

  asked(result: CheckResult): void {
    this.#checks.inc({ result });
  }

  started(): void {
    this.#started.inc({ started_version: this.#version });
  }

  finished(outcome: Outcome, startedVersion: string, seconds: number): void {
    const labels = { outcome, started_version: startedVersion };
    this.#finished.inc(labels);
    this.#finishedVersions.counted(labels, startedVersion);
    this.#duration.observe({ outcome }, seconds);
    if (seconds * 1_000 <= this.lateMs) return;
    this.#endedLate.inc({ started_version: startedVersion });
    this.#endedLateVersions.counted({ started_version: startedVersion }, startedVersion);
  }

  /** @param version as the event's header has it */
  answered(leg: Leg, answer: string, version: string | undefined): void {
    const answeredVersion = version !== undefined && VERSION.test(version) ? version : 'unknown';
    const labels = { leg, answer, answered_version: answeredVersion };
    this.#answers.inc(labels);
    this.#answerVersions.counted(labels, answeredVersion);
  }

  ignored(step: SagaStep | 'NONE', { orderId, eventId, input }: SagaMessage, reason: string): void {
    this.#ignored.inc({ step, input: input.type });
    this.log.debug({ orderId, eventId, eventType: input.type, step, reason }, 'a saga ignored an input');
  }
}

/** How many orders requests of this process wait for. */
export function awaitedMetric({ registry }: Metrics, awaited: { readonly size: number }): void {
  const orders: Gauge = gauge(registry, {
    name: 'order_awaited',
    help: 'Orders that requests wait for with wait_ms',
    addUp: 'sum',
    collect: () => orders.set(awaited.size),
  });
}

const OPEN_STEPS = SAGA_STEPS.filter((step) => step !== 'DONE');

/** The open sagas, read from the database at each scrape; a step without any is 0. */
export function openSagaMetrics(
  { registry, version }: Metrics,
  readings: Readings,
  count: () => Promise<readonly OpenSagas[]>,
): void {
  const open = readings.of('order', count);
  const bySteps = (valueOf: (sagas: readonly OpenSagas[]) => number) => (found: readonly OpenSagas[]) =>
    OPEN_STEPS.map((step) => [{ step }, valueOf(found.filter((one) => one.step === step))] as const);
  const byVersions = (countOf: (sagas: OpenSagas) => number) => (found: readonly OpenSagas[]) => {
    const counts = new Map([[version, 0]]);
    for (const one of found) counts.set(one.version, (counts.get(one.version) ?? 0) + countOf(one));
    return [...counts].map(([started, sagas]) => [{ started_version: started }, sagas] as const);
  };
  readGauge(registry, [open], {
    name: 'saga_in_step',
    help: 'Orders in a step',
    labels: ['step'],
    addUp: 'max',
    rows: bySteps((sagas) => sagas.reduce((sum, one) => sum + one.sagas, 0)),
  });
  readGauge(registry, [open], {
    name: 'saga_oldest_in_step_age_seconds',
    help: 'How long the oldest order of a step has been in it; 0 when there is none',
    labels: ['step'],
    addUp: 'max',
    rows: bySteps((sagas) => Math.max(0, ...sagas.map(({ oldest }) => oldest))),
  });
  readGauge(registry, [open], {
    name: 'saga_overdue',
    help: 'Orders that are open for SAGA_OVERDUE_MS longer than their step allows, by the version that accepted them',
    labels: ['started_version'],
    addUp: 'max',
    rows: byVersions(({ overdue }) => overdue),
  });
  readGauge(registry, [open], {
    name: 'saga_open_late',
    help: 'Orders that have not ended SAGA_LATE_MS after they were accepted, by the version that accepted them',
    labels: ['started_version'],
    addUp: 'max',
    rows: byVersions(({ late }) => late),
  });
}
