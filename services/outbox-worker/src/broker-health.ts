import type { RelayObserver } from '@outrider/outbox';
import type { ReadinessCheck } from '@outrider/service-kit/health';

/** Readiness of the broker: did the last request to it fail, through no fault of an event? */
export class BrokerHealth {
  #reason: string | undefined;

  readonly check: ReadinessCheck = {
    name: 'kafka',
    check: () => (this.#reason === undefined ? Promise.resolve() : Promise.reject(new Error(this.#reason))),
  };

  /** The same observer, whose calls are noted as well. */
  observing(observer: RelayObserver): RelayObserver {
    return {
      ...observer,
      published: (events, ages) => {
        this.#reason = undefined;
        observer.published(events, ages);
      },
      sendFailed: (fault, reason) => {
        if (fault !== 'event') this.#reason = reason;
        observer.sendFailed(fault, reason);
      },
    };
  }
}
