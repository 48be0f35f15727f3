import type { OrderStatus } from '@outrider/contracts';
import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../domain/accepted-order.js';
import type { Announcement } from '../domain/advance.js';
import { needsLedger } from '../domain/saga-input.js';
import { changed, EMPTY_LEDGER, type Ledger, type LedgerChange } from '../domain/ledger.js';
import { advanceSaga } from '../domain/saga.js';
import type { SagaInput } from '../domain/saga-input.js';
import type { SagaCommand } from '../domain/saga-command.js';
import { newlySent } from '../domain/open-commands.js';
import { statusOf, type Outcome, type Saga, type SagaStep } from '../domain/saga-state.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import type { TimelineEntry } from '../domain/timeline.js';
import type { HeldSagas } from '../persistence/statements/lock-sagas.js';
import { readLines } from '../persistence/statements/read-lines.js';
import { readLedgers } from '../persistence/statements/read-ledgers.js';
import { storeDisputes } from '../persistence/statements/store-disputes.js';
import { storeRefunds } from '../persistence/statements/store-refunds.js';
import { storeSagas } from '../persistence/statements/store-sagas.js';
import type { AwaitedOrders } from '../queries/awaited-orders.js';
import type { CheckQueue, OpenCheck } from './check-queue.js';
import { emitCommands, needsLines } from './emit-commands.js';
import { emitLifecycle } from './emit-lifecycle.js';

/** An input for an order's saga. */
export interface SagaMessage {
  readonly orderId: string;
  readonly input: SagaInput;
  /** the event that it came with, if any */
  readonly eventId: string | null;
}

/** Called after the commit with what became of sagas. */
export interface SagaObserver {
  finished(outcome: Outcome, startedVersion: string, seconds: number): void;
  /** `step` is NONE for an order that is not known here */
  ignored(step: SagaStep | 'NONE', message: SagaMessage, reason: string): void;
}

/** What the changes of sagas need besides their inputs. */
export interface SagaWork {
  readonly timing: SagaTiming;
  readonly observer: SagaObserver;
  readonly awaited: Pick<AwaitedOrders, 'changed'>;
  /** where a check is a function of the shop's: what it is to be asked about; undefined: it is sent as an event */
  readonly checks: CheckQueue | undefined;
}

interface Sending {
  readonly order: AcceptedOrder;
  readonly saga: Saga;
  readonly commands: readonly SagaCommand[];
  readonly announce: Announcement | null;
  readonly status: OrderStatus;
}

/**
 * All changes of sagas are made here. The inputs are applied in order to sagas that the transaction has locked; the
 * results are stored and sent in two statements (and one each for lines, refunds and disputes, where there are any),
 * whatever their number.
 */
export async function applyInputs(
  tx: Transaction,
  { now, held }: HeldSagas,
  messages: readonly SagaMessage[],
  { timing, observer, awaited, checks }: SagaWork,
): Promise<AfterCommit> {
  const moved = new Map<string, Saga>();
  const ledgers = await ledgersFor(tx, messages);
  const commands: { orderId: string; command: SagaCommand }[] = [];
  const timeline: TimelineEntry[] = [];
  const sendings: Sending[] = [];
  const changes: (LedgerChange & { readonly orderId: string })[] = [];
  const finished: Saga[] = [];
  const ignored: (() => void)[] = [];
  const asked: OpenCheck[] = [];
  for (const message of messages) {
    const { orderId, input, eventId } = message;
    const known = held.get(orderId);
    if (known === undefined) {
      ignored.push(() => observer.ignored('NONE', message, 'there is no such order'));
      continue;
    }
    tx.trace.continue(orderId, known.traceparent);
    const before = moved.get(orderId) ?? known.saga;
    const ledger = ledgers.get(orderId) ?? EMPTY_LEDGER;
    const advance = advanceSaga(before, input, now, timing, ledger);
    if (advance.kind === 'ignored') {
      ignored.push(() => observer.ignored(before.step, message, advance.reason));
      continue;
    }
    const { saga, status, send, announce, why } = advance;
    moved.set(orderId, saga);
    for (const command of newlySent(before, send)) commands.push({ orderId, command });
    const sent = send.map(({ type }) => type);
    const { version, step } = saga;
    timeline.push({ orderId, version, at: now, input: input.type, step, status, eventId, sent, why });
    sendings.push({ order: known.order, saga, commands: send, announce, status });
    ledgers.set(orderId, changed(ledger, advance.changes));
    for (const change of advance.changes) changes.push({ orderId, ...change });
    // an order finishes once, however often it is refunded afterwards
    if (saga.step === 'DONE' && before.step !== 'DONE' && before.step !== 'REFUNDING') finished.push(saga);
  }
  if (moved.size > 0) {
    await storeSagas(tx.unread, { sagas: [...moved.values()], commands, timeline }, now);
    await storeRefunds(
      tx.unread,
      changes.filter((change) => change.kind !== 'dispute'),
      now,
    );
    await storeDisputes(
      tx.unread,
      changes.filter((change) => change.kind === 'dispute'),
      now,
    );
    asked.push(...(await send(tx, sendings, timing, checks !== undefined)));
  }
  return async () => {
    for (const [orderId, saga] of moved) {
      const { action, version } = saga;
      awaited.changed(orderId, { status: statusOf(saga), action, version });
    }
    for (const check of asked) checks?.add(check);
    for (const report of ignored) report();
    for (const { outcome, startedVersion, startedAt } of finished) {
      observer.finished(outcome, startedVersion, (now.getTime() - startedAt.getTime()) / 1000);
    }
  };
}

async function ledgersFor(tx: Transaction, messages: readonly SagaMessage[]): Promise<Map<string, Ledger>> {
  const about = messages.filter(({ input }) => needsLedger(input)).map(({ orderId }) => orderId);
  return about.length === 0 ? new Map() : new Map(await readLedgers(tx.sql, about));
}

/** @returns the checks to be asked by a function, if `byFunction` */
async function send(
  tx: Transaction,
  sendings: readonly Sending[],
  timing: SagaTiming,
  byFunction: boolean,
): Promise<readonly OpenCheck[]> {
  const asked: OpenCheck[] = [];
  const wanting = sendings.filter(({ announce, commands }) => announce !== null || commands.some(needsLines));
  const lines =
    wanting.length === 0 ? new Map() : await readLines(tx.sql, [...new Set(wanting.map(({ order }) => order.id))]);
  for (const { order, saga, commands, announce, status } of sendings) {
    const ofOrder = lines.get(order.id) ?? [];
    const isAsked = ({ type }: SagaCommand): boolean => byFunction && type === 'CHECK_REQUESTED';
    emitCommands(
      tx,
      commands.filter((command) => !isAsked(command)),
      { order, saga, lines: ofOrder, timing },
    );
    for (const { commandId } of commands.filter(isAsked)) asked.push({ order, lines: ofOrder, commandId });
    if (announce !== null) {
      emitLifecycle(tx, announce, order, ofOrder, {
        status,
        refundedTotal: saga.refundedAmount,
        reason: saga.why?.code ?? undefined,
        shortages: saga.shortages,
        checkCode: saga.checkCode,
      });
    }
  }
  return asked;
}
