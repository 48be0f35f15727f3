import type { Sample } from './exact-test.js';

/**
 * What one revision did since the step began. Both sides are counted over the same time: what befalls all at once, a
 * provider that declines or an evening without stock, is then on both.
 */
export interface Counts {
  /** orders that this revision accepted and that ended, by outcome (`saga_finished_total`) */
  readonly ordersEnded: Readonly<Record<string, number>>;
  /** orders that this revision accepted and that are open for longer than their step allows (`saga_overdue`) */
  readonly ordersOverdue: number;
  /**
   * orders that this revision accepted and that ended in time, and those that took longer or do so now
   * (`saga_ended_late_total`, `saga_open_late`); undefined where a process does not count it
   */
  readonly orderTimes?: { readonly inTime: number; readonly late: number } | undefined;
  /** answers that this revision gave, by the type of their event (`saga_answers_total`) */
  readonly answers: Readonly<Record<string, number>>;
  /** requests on the public port, and those of them answered with 5xx (`http_request_duration_seconds_count`) */
  readonly requests: number;
  readonly serverErrors: number;
  /** messages finished, and those of them that were parked or could not be read (`inbox_handled_total`) */
  readonly messages: number;
  readonly messagesParked: number;
}

/** Nothing was done yet. */
export const NO_COUNTS: Counts = {
  ordersEnded: {},
  ordersOverdue: 0,
  answers: {},
  requests: 0,
  serverErrors: 0,
  messages: 0,
  messagesParked: 0,
};

/**
 * What two revisions are compared by. Each question that inventory and payment answer is a measure of its own: answers
 * to the first would hide those to the second.
 */
export const MEASURES = [
  'orders',
  'orders in time',
  'reservations',
  'reservation confirmations',
  'authorisations',
  'captures',
  'refunds',
  'requests',
  'messages',
] as const;

export type Measure = (typeof MEASURES)[number];

const COMPLETED = 'COMPLETED';

/**
 * @returns how often the measure was taken of a revision, and how often it failed
 */
export function measure(name: Measure, counts: Counts): Sample {
  switch (name) {
    case 'orders': {
      const { ordersEnded, ordersOverdue } = counts;
      const ended = Object.values(ordersEnded).reduce((sum, count) => sum + count, 0);
      // An order that hangs has failed: a revision whose orders all hang would never be judged otherwise.
      return { trials: ended + ordersOverdue, failures: ended - (ordersEnded[COMPLETED] ?? 0) + ordersOverdue };
    }
    case 'orders in time': {
      // What hangs shows here within seconds; until a deadline has made it overdue, hundreds more may be accepted.
      const { inTime, late } = counts.orderTimes ?? { inTime: 0, late: 0 };
      return { trials: inTime + late, failures: late };
    }
    case 'reservations':
      return answered(counts, 'RESERVATION_CREATION_SUCCEEDED', 'RESERVATION_CREATION_FAILED');
    case 'reservation confirmations':
      return answered(counts, 'RESERVATION_CONFIRM', 'RESERVATION_CONFIRM_FAILED');
    case 'authorisations':
      return answered(counts, 'PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CREATION_FAILED');
    case 'captures':
      return answered(counts, 'PAYMENT_CONFIRM', 'PAYMENT_CONFIRM_FAILED');
    case 'refunds':
      return answered(counts, 'PAYMENT_REFUNDED', 'PAYMENT_REFUND_FAILED');
    case 'requests':
      return { trials: counts.requests, failures: counts.serverErrors };
    case 'messages':
      return { trials: counts.messages, failures: counts.messagesParked };
  }
}

function answered({ answers }: Counts, yes: string, no: string): Sample {
  const failures = answers[no] ?? 0;
  return { trials: (answers[yes] ?? 0) + failures, failures };
}
