import type { EventTypeOf, OrderStatus, PayloadOf, SentTypeOf } from '@outrider/contracts';
import type { OpenRefund } from './refund.js';
import type { SagaCommand } from './saga-command.js';
import { openCommands } from './open-commands.js';
import type { Why } from './reason.js';
import { enter, lifecycleOf, statusOf, type Saga } from './saga-state.js';
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
  readonly announce: SentTypeOf<'order-lifecycle-event'> | null;
  readonly why: Why | null;
}

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
  };
}

/** Both legs are closed, and the world is told. */
export function end(saga: Saga, now: Date, timing: SagaTiming): Advance {
  const ended = step(enter(saga, 'DONE', now, timing), [], saga.why);
  return { ...ended, announce: lifecycleOf(saga.outcome) };
}

/** The answer may be lost: the same commands, by new events. Peers that have seen them answer again. */
export function again(saga: Saga, now: Date, timing: SagaTiming): Advance {
  const attempts = saga.attempts + 1;
  return step({ ...saga, attempts, retryAt: retryOf(attempts, now, timing) });
}
