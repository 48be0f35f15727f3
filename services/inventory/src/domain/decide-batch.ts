import { decide, type Circumstances } from './decide-input.js';
import { stockFacts, type ProductFact } from './stock-facts.js';
import { move, type LedgerEntry, type Stock } from './stock.js';
import type { Answer, Reservation, ReservationInput } from './reservation.js';

/** Everything that a batch of inputs may look at, locked by the caller. */
export interface BatchState {
  /** by order id */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** the answers given so far, by order id */
  readonly answers: ReadonlyMap<string, readonly Answer[]>;
  /** by product id */
  readonly stock: ReadonlyMap<string, Stock>;
}

/** What is sent to order about one order. */
export type Notice = { readonly orderId: string } & (
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'expired' }
);

/** What a batch comes to. */
export interface BatchOutcome {
  /** new or changed, as they are at the end of the batch; `version` is still the stored one */
  readonly reservations: readonly Reservation[];
  /** every movement, in order per product */
  readonly entries: readonly LedgerEntry[];
  /** answers to commands that were new */
  readonly answers: readonly { readonly orderId: string; readonly answer: Answer }[];
  /** in the order of the inputs; commands seen before are answered again */
  readonly notices: readonly Notice[];
  readonly facts: readonly ProductFact[];
  readonly expired: number;
  readonly rejected: number;
}

/** Decides inputs one after another: of orders that compete for stock, the one that came first is served first. */
export function decideBatch(state: BatchState, inputs: readonly ReservationInput[], at: Circumstances): BatchOutcome {
  const stock = new Map(state.stock);
  const reservations = new Map(state.reservations);
  const answers = new Map(state.answers);
  const changed = new Set<string>();
  const entries: LedgerEntry[] = [];
  const given: { orderId: string; answer: Answer }[] = [];
  const notices: Notice[] = [];
  let expired = 0;
  let rejected = 0;
  for (const input of inputs) {
    const { orderId } = input;
    const answered = answers.get(orderId) ?? [];
    const before = input.kind === 'due' ? undefined : answerTo(answered, input.commandId);
    if (before !== undefined) {
      notices.push({ orderId, kind: 'answer', answer: before });
      continue;
    }
    const decision = decide(
      input,
      {
        reservation: reservations.get(orderId),
        stockOf: (productId) => stock.get(productId),
        isRestocked: (refundId) => hasRestocked(answered, refundId),
      },
      at,
    );
    for (const movement of decision.movements ?? []) {
      const level = stock.get(movement.productId);
      if (level === undefined) throw new RangeError(`no stock of ${movement.productId} to move`);
      const entry = move(level, movement);
      stock.set(movement.productId, entry.after);
      entries.push(entry);
    }
    if (decision.reservation !== undefined) {
      reservations.set(orderId, decision.reservation);
      changed.add(orderId);
    }
    if (decision.answer !== undefined) {
      const { answer } = decision;
      answers.set(orderId, [...answered, answer]);
      given.push({ orderId, answer });
      notices.push({ orderId, kind: 'answer', answer });
      if (answer.type === 'RESERVATION_CREATION_FAILED' && decision.reservation?.status === 'REJECTED') rejected += 1;
    }
    if (decision.expired === true) {
      notices.push({ orderId, kind: 'expired' });
      expired += 1;
    }
  }
  return {
    reservations: [...reservations.values()].filter(({ orderId }) => changed.has(orderId)),
    entries,
    answers: given,
    notices,
    facts: stockFacts(entries),
    expired,
    rejected,
  };
}

/** The answer that a command was given before. */
export function answerTo(answers: readonly Answer[], commandId: string): Answer | undefined {
  return answers.find((answer) => answer.payload.commandId === commandId);
}

function hasRestocked(answers: readonly Answer[], refundId: string): boolean {
  return answers.some((answer) => answer.type === 'RESERVATION_RESTOCKED' && answer.payload.refundId === refundId);
}
