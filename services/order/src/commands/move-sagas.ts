import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../domain/accepted-order.js';
import { advanceSaga, type SagaInput } from '../domain/saga.js';
import type { SagaCommand } from '../domain/saga-command.js';
import { lifecycleOf, statusOf, type Outcome, type Saga, type SagaStep } from '../domain/saga-state.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import type { TimelineEntry } from '../domain/timeline.js';
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
}

/**
 * Everything that ever happens to sagas goes through here. The inputs are applied in their order to sagas that the
 * transaction holds; what they come to is stored and sent in two statements (and one for lines, where some are needed),
 * whatever their number.
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
    const { saga, status, send, reason } = advance;
    moved.set(orderId, saga);
    // a retry repeats commands that are known already
    if (saga.step !== before.step) for (const command of send) commands.push({ orderId, command });
    const sent = send.map(({ type }) => type);
    const { version, step } = saga;
    timeline.push({ orderId, version, at: now, input: input.type, step, status, eventId, sent, reason });
    sendings.push({ order: known.order, saga, commands: send });
  }
  if (moved.size > 0) {
    await storeMoves(tx.sql, { sagas: [...moved.values()], commands, timeline }, now);
    await send(tx, sendings);
  }
  const finished = [...moved.values()].filter(({ step }) => step === 'DONE');
  return async () => {
    for (const tell of ignored) tell();
    for (const { outcome, startedVersion, startedAt } of finished) {
      observer.finished(outcome, startedVersion, (now.getTime() - startedAt.getTime()) / 1000);
    }
  };
}

async function send(tx: Transaction, sendings: readonly Sending[]): Promise<void> {
  const wanting = sendings.filter(({ saga, commands }) => saga.step === 'DONE' || commands.some(needsLines));
  const lines =
    wanting.length === 0 ? new Map() : await readLines(tx.sql, [...new Set(wanting.map(({ order }) => order.id))]);
  for (const { order, saga, commands } of sendings) {
    const ofOrder = lines.get(order.id) ?? [];
    emitCommands(tx, commands, { order, saga, lines: ofOrder });
    if (saga.step === 'DONE') {
      emitLifecycle(tx, lifecycleOf(saga.outcome), order, ofOrder, {
        status: statusOf(saga),
        refundedTotal: saga.refundedAmount,
      });
    }
  }
}
