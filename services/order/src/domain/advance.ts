import type { OrderStatus, PayloadOf, SentTypeOf } from '@outrider/contracts';
import type { LedgerChange } from './ledger.js';
import { openCommands } from './open-commands.js';
import type { Why } from './reason.js';
import type { SagaCommand } from './saga-command.js';
import { enter, lifecycleOf, statusOf, type Outcome, type Saga } from './saga-state.js';
import { retryOf, type SagaTiming } from './saga-timing.js';

/** A saga that an input has changed. */
export interface Advanced {
  readonly kind: 'advanced';
  readonly saga: Saga;
  readonly status: OrderStatus;
  readonly send: readonly SagaCommand[];
  /** the lifecycle event to emit */
  readonly announce: Announcement | null;
  readonly why: Why | null;
  /** what changes of the order's refunds and disputes */
  readonly changes: readonly LedgerChange[];
}

/** A lifecycle event, with what it says besides how the order stands. */
export type Announcement = {
  [N in SentTypeOf<'order-lifecycle-event'>]: { readonly type: N } & Pick<
    PayloadOf<'order-lifecycle-event', N>,
    Extract<keyof PayloadOf<'order-lifecycle-event', N>, Besides<N>>
  >;
}[SentTypeOf<'order-lifecycle-event'>];
type Besides<N> = 'refund' | 'dispute' | 'outcome' | (N extends 'ORDER_REFUND_FAILED' ? 'reason' : never);

/** What an input came to. */
export type Advance = Advanced | Ignored;

export interface Ignored {
  readonly kind: 'ignored';
  readonly reason: string;
}

export function ignored(reason: string): Ignored {
  return { kind: 'ignored', reason };
}

/** The saga has changed; by default all its open commands are sent. */
export function step(saga: Saga, send = openCommands(saga), why: Why | null = null): Advanced {
  return {
    kind: 'advanced',
    saga: { ...saga, version: saga.version + 1 },
    status: statusOf(saga),
    send,
    announce: null,
    why,
    changes: [],
  };
}

/** The same, and the order's refunds or disputes change with it. */
export function changing(
  moved: Advanced,
  changes: readonly LedgerChange[],
  announce: Announcement | null = moved.announce,
): Advanced {
  return { ...moved, changes, announce };
}

/** Starts to compensate; the order ends when inventory and payment have both answered that they are closed. */
export function undo(saga: Saga, outcome: Outcome, reason: Why, now: Date, timing: SagaTiming): Advanced {
  const next = enter({ ...saga, outcome, why: reason }, 'COMPENSATING', now, timing);
  return step(next, openCommands(next), reason);
}

/** Stock and money are both closed: the order has its outcome, and a lifecycle event says so. */
export function end(saga: Saga, now: Date, timing: SagaTiming): Advanced {
  const ended = step(enter(saga, 'DONE', now, timing), [], saga.why);
  return { ...ended, announce: { type: lifecycleOf(saga.outcome) } };
}

/** The answer may be lost: the same commands, by new events. A service that has handled them answers again. */
export function again(saga: Saga, now: Date, timing: SagaTiming): Advanced {
  const attempts = saga.attempts + 1;
  return step({ ...saga, attempts, retryAt: retryOf(attempts, now, timing) });
}
