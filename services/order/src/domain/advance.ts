import type { EventTypeOf, OrderStatus, PayloadOf, SentTypeOf } from '@outrider/contracts';
import type { OpenRefund } from './refund.js';
import type { SagaCommand } from './saga-command.js';
import { openCommands } from './open-commands.js';
import type { LedgerChange } from './ledger.js';
import type { Why } from './reason.js';
import { enter, lifecycleOf, statusOf, type Outcome, type Saga } from './saga-state.js';
import { retryOf, type SagaTiming } from './saga-timing.js';

type Replies = {
  [N in EventTypeOf<'order-event'>]: { readonly type: N; readonly payload: PayloadOf<'order-event', N> };
};

/** What happened at the payment provider without a command of ours: it can come in any step. */
export const PROVIDER_FACTS = [
  'PAYMENT_REFUND_RETURNED',
  'PAYMENT_PROVIDER_REFUNDED',
  'PAYMENT_PROVIDER_REFUND_RETURNED',
  'PAYMENT_PROVIDER_CAPTURED',
  'PAYMENT_PROVIDER_VOIDED',
  'PAYMENT_DISPUTED',
  'PAYMENT_DISPUTE_CLOSED',
] as const satisfies readonly EventTypeOf<'order-event'>[];
export type ProviderFact = Replies[(typeof PROVIDER_FACTS)[number]];

const FACT_TYPES: ReadonlySet<string> = new Set(PROVIDER_FACTS);

/** Whether what an input means depends on the order's refunds and disputes. */
export function needsLedger(input: SagaInput): boolean {
  return isProviderFact(input) || input.type === 'PAYMENT_RELEASE';
}

export function isProviderFact(input: SagaInput): input is ProviderFact {
  return FACT_TYPES.has(input.type);
}

/** What can happen to a saga: an answer of inventory or payment, one of its clocks, a wish of a person. */
export type SagaInput = StepInput | ProviderFact;

/** What means something in some steps and nothing in others. */
export type StepInput =
  | Replies[Exclude<EventTypeOf<'order-event'>, (typeof PROVIDER_FACTS)[number]>]
  | { readonly type: 'DEADLINE' }
  | { readonly type: 'RETRY' }
  | { readonly type: 'CANCEL' }
  | { readonly type: 'REFUND'; readonly refund: OpenRefund; readonly reason: string };

/** A saga that an input has changed. */
export interface Moved {
  readonly kind: 'moved';
  readonly saga: Saga;
  readonly status: OrderStatus;
  readonly send: readonly SagaCommand[];
  /** what the world is to be told */
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
export type Advance = Moved | { readonly kind: 'ignored'; readonly reason: string };

export const NO_ANSWER = 'it does not answer what this step asks';

export function ignored(reason: string): Advance {
  return { kind: 'ignored', reason };
}

/** The saga has changed; unless told otherwise all its open commands are sent. */
export function step(saga: Saga, send = openCommands(saga), why: Why | null = null): Moved {
  return {
    kind: 'moved',
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
  moved: Moved,
  changes: readonly LedgerChange[],
  announce: Announcement | null = moved.announce,
): Moved {
  return { ...moved, changes, announce };
}

/** From here on only backwards, until both legs have said that they are closed. */
export function undo(saga: Saga, outcome: Outcome, reason: Why, now: Date, timing: SagaTiming): Moved {
  const next = enter({ ...saga, outcome, why: reason }, 'COMPENSATING', now, timing);
  return step(next, openCommands(next), reason);
}

/** Both legs are closed, and the world is told. */
export function end(saga: Saga, now: Date, timing: SagaTiming): Moved {
  const ended = step(enter(saga, 'DONE', now, timing), [], saga.why);
  return { ...ended, announce: { type: lifecycleOf(saga.outcome) } };
}

/** The answer may be lost: the same commands, by new events. Peers that have seen them answer again. */
export function again(saga: Saga, now: Date, timing: SagaTiming): Advance {
  const attempts = saga.attempts + 1;
  return step({ ...saga, attempts, retryAt: retryOf(attempts, now, timing) });
}
