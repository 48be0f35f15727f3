import type { OrderStatus, SentTypeOf } from '@outrider/contracts';
import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../domain/accepted-order.js';
import type { Moved } from '../domain/advance.js';
import { advanceSaga, type SagaInput } from '../domain/saga.js';
import type { SagaCommand } from '../domain/saga-command.js';
import { newlyGiven } from '../domain/open-commands.js';
import type { Outcome, Saga, SagaStep } from '../domain/saga-state.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import type { TimelineEntry } from '../domain/timeline.js';
import { closeRefunds, type ClosedRefund } from '../persistence/statements/close-refunds.js';
import type { HeldSagas } from '../persistence/statements/lock-sagas.js';
import { readLines } from '../persistence/statements/read-lines.js';
import { storeMoves } from '../persistence/statements/store-moves.js';
import { emitCommands, needsLines } from './emit-commands.js';
import { emitLifecycle } from './emit-lifecycle.js';

/** Something that happened to an order's saga. */
export interface SagaMessage {
  readonly orderId: string;
  readonly input: SagaInput;
  /** the event that brought it, if one did */
  readonly eventId: string | null;
}

/** Is told, after the commit, what sagas came to. */
export interface SagaObserver {
  finished(outcome: Outcome, startedVersion: string, seconds: number): void;
  /** `step` is NONE for an order that is not known here */
  ignored(step: SagaStep | 'NONE', message: SagaMessage, reason: string): void;
}

interface Sending {
  readonly order: AcceptedOrder;
  readonly saga: Saga;
  readonly commands: readonly SagaCommand[];
  readonly announce: SentTypeOf<'order-lifecycle-event'> | null;
  readonly status: OrderStatus;
}

/**
 * Everything that ever happens to sagas goes through here. The inputs are applied in their order to sagas that the
 * transaction holds; what they come to is stored and sent in two statements (and one for lines and one for refunds,
 * where there are any), whatever their number.
 */
export async function moveSagas(
  tx: Transaction,
  { now, held }: HeldSagas,
  messages: readonly SagaMessage[],
  timing: SagaTiming,
  observer: SagaObserver,
): Promise<AfterCommit> {
  const moved = new Map<string, Saga>();
  const commands: { orderId: string; command: SagaCommand }[] = [];
  const timeline: TimelineEntry[] = [];
  const sendings: Sending[] = [];
  const refunds: ClosedRefund[] = [];
  const finished: Saga[] = [];
  const ignored: (() => void)[] = [];
  for (const message of messages) {
    const { orderId, input, eventId } = message;
    const known = held.get(orderId);
    if (known === undefined) {
      ignored.push(() => observer.ignored('NONE', message, 'there is no such order'));
      continue;
    }
    const before = moved.get(orderId) ?? known.saga;
    const advance = advanceSaga(before, input, now, timing);
    if (advance.kind === 'ignored') {
      ignored.push(() => observer.ignored(before.step, message, advance.reason));
      continue;
    }
    const { saga, status, send, announce, why } = advance;
    moved.set(orderId, saga);
    for (const command of newlyGiven(before, send)) commands.push({ orderId, command });
    const sent = send.map(({ type }) => type);
    const { version, step } = saga;
    timeline.push({ orderId, version, at: now, input: input.type, step, status, eventId, sent, why });
    sendings.push({ order: known.order, saga, commands: send, announce, status });
    if (before.refund !== null && saga.refund === null) refunds.push(closed(before.refund.refundId, advance));
    // an order finishes once, however often it is refunded afterwards
    else if (saga.step === 'DONE') finished.push(saga);
  }
  if (moved.size > 0) {
    await storeMoves(tx.sql, { sagas: [...moved.values()], commands, timeline }, now);
    await closeRefunds(tx.sql, refunds, now);
    await send(tx, sendings, timing);
  }
  return async () => {
    for (const tell of ignored) tell();
    for (const { outcome, startedVersion, startedAt } of finished) {
      observer.finished(outcome, startedVersion, (now.getTime() - startedAt.getTime()) / 1000);
    }
  };
}

/** A refund that comes to its end tells the world, unless it failed. */
function closed(id: string, { announce, why }: Moved): ClosedRefund {
  if (announce !== null) return { id, status: 'SUCCEEDED', failure: null, detail: null };
  return { id, status: 'FAILED', failure: why?.code ?? null, detail: why?.detail ?? null };
}

async function send(tx: Transaction, sendings: readonly Sending[], timing: SagaTiming): Promise<void> {
  const wanting = sendings.filter(({ announce, commands }) => announce !== null || commands.some(needsLines));
  const lines =
    wanting.length === 0 ? new Map() : await readLines(tx.sql, [...new Set(wanting.map(({ order }) => order.id))]);
  for (const { order, saga, commands, announce, status } of sendings) {
    const ofOrder = lines.get(order.id) ?? [];
    emitCommands(tx, commands, { order, saga, lines: ofOrder, timing });
    if (announce !== null) {
      emitLifecycle(tx, announce, order, ofOrder, {
        status,
        refundedTotal: saga.refundedAmount,
        reason: saga.why?.code ?? undefined,
        shortages: saga.shortages,
      });
    }
  }
}
