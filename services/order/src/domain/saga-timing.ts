import type { SagaStep } from './saga-state.js';

/** How long steps wait, in milliseconds. */
export interface SagaTiming {
  /** RESERVING gives up after this */
  readonly reservingMs: number;
  /** CHECKING gives up after this… */
  readonly checkingMs: number;
  /** … and, once a person must decide, after this */
  readonly reviewMs: number;
  /** AUTHORIZING gives up after this */
  readonly authorizingMs: number;
  /** when the customer must act: the saga waits this much longer than the customer has time… */
  readonly actionMarginMs: number;
  /** … and AUTHORIZING gives up after this, however long the customer has */
  readonly actionLongestMs: number;
  /** a command without an answer is sent again after this, then after twice as long, … */
  readonly retryFirstMs: number;
  /** … and never more than this apart */
  readonly retryLongestMs: number;
}

export const DEFAULT_TIMING: SagaTiming = {
  reservingMs: 15 * 60_000,
  checkingMs: 5 * 60_000,
  reviewMs: 2 * 3_600_000,
  authorizingMs: 10 * 60_000,
  actionMarginMs: 5 * 60_000,
  actionLongestMs: 2 * 3_600_000,
  retryFirstMs: 60_000,
  retryLongestMs: 10 * 60_000,
};

/**
 * When a step entered now gives up; null for the steps that never do. Once inventory was asked to confirm or payment
 * to capture, only their answer says what has happened.
 */
export function deadlineOf(step: SagaStep, now: Date, timing: SagaTiming): Date | null {
  switch (step) {
    case 'RESERVING':
      return after(now, timing.reservingMs);
    case 'CHECKING':
      return after(now, timing.checkingMs);
    case 'AUTHORIZING':
      return after(now, timing.authorizingMs);
    case 'CONFIRMING':
    case 'CAPTURING':
    case 'COMPENSATING':
    case 'REFUNDING':
    case 'DONE':
      return null;
  }
}

/** When a command that was sent `attempts` times by now is sent again. */
export function retryOf(attempts: number, now: Date, timing: SagaTiming): Date {
  return after(now, Math.min(timing.retryLongestMs, timing.retryFirstMs * 2 ** Math.min(attempts - 1, 30)));
}

function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
