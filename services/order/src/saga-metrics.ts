import type { Logger } from '@outrider/service-kit/logging';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SagaMessage, SagaObserver } from './commands/apply-inputs.js';
import { SAGA_STEPS, type Outcome, type SagaStep } from './domain/saga-state.js';
import type { OpenSagas } from './queries/count-open-sagas.js';

/** Seconds; an order takes tens of milliseconds when all is well and minutes when something is not. */
const DURATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** What order counts. */
export class SagaMetrics implements SagaObserver {
  readonly #finished: Counter<'outcome' | 'started_version'>;
  readonly #duration: Histogram<'outcome'>;
  readonly #ignored: Counter<'step' | 'input'>;
  readonly #inStep: Gauge<'step'>;
  readonly #oldest: Gauge<'step'>;

  constructor(
    registry: Registry,
    private readonly log: Logger,
  ) {
    const registers = [registry];
    this.#finished = new Counter({
      name: 'saga_finished_total',
      help: 'Orders that ended, by outcome and by the version that accepted them',
      labelNames: ['outcome', 'started_version'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'saga_duration_seconds',
      help: 'Time from the acceptance of an order to its end',
      labelNames: ['outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#ignored = new Counter({
      name: 'saga_ignored_inputs_total',
      help: 'Inputs that were ignored, by step; NONE: the order is not known',
      labelNames: ['step', 'input'],
      registers,
    });
    this.#inStep = new Gauge({
      name: 'saga_in_step',
      help: 'Orders in a step, as this process last counted them in the database',
      labelNames: ['step'],
      registers,
    });
    this.#oldest = new Gauge({
      name: 'saga_oldest_in_step_age_seconds',
      help: 'How long the oldest order of a step has been in it',
      labelNames: ['step'],
      registers,
    });
    this.count([]);
  }

  finished(outcome: Outcome, startedVersion: string, seconds: number): void {
    this.#finished.inc({ outcome, started_version: startedVersion });
    this.#duration.observe({ outcome }, seconds);
  }

  ignored(step: SagaStep | 'NONE', { orderId, eventId, input }: SagaMessage, reason: string): void {
    this.#ignored.inc({ step, input: input.type });
    this.log.debug({ orderId, eventId, eventType: input.type, step, reason }, 'a saga ignored an input');
  }

  /** Sets the gauges from the open sagas; a step that is not named has none. */
  count(open: readonly OpenSagas[]): void {
    for (const step of SAGA_STEPS) {
      if (step === 'DONE') continue;
      const found = open.find((one) => one.step === step);
      this.#inStep.set({ step }, found?.sagas ?? 0);
      this.#oldest.set({ step }, found?.oldest ?? 0);
    }
  }
}
