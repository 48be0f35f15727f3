import { decide, type Circumstances } from './decide-input.js';
import { stockFacts, type ProductFact } from './stock-facts.js';
import { move, type LedgerEntry, type Stock } from './stock.js';
import type { Reply, Reservation, ReservationInput } from './reservation.js';

/** Everything that a batch of inputs may look at, locked by the caller. */
export interface BatchState {
  /** by order id */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** the answers given so far, by order id */
  readonly replies: ReadonlyMap<string, readonly Reply[]>;
  /** by product id */
  readonly stock: ReadonlyMap<string, Stock>;
}

/** What an order is told. */
export type Notice = { readonly orderId: string } & (
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'expired' }
);

/** What a batch comes to. */
export interface BatchOutcome {
  /** new or changed, as they are at the end of the batch; `version` is still the stored one */
  readonly reservations: readonly Reservation[];
  /** every movement, in order per product */
  readonly entries: readonly LedgerEntry[];
  /** answers to commands that were new */
  readonly replies: readonly { readonly orderId: string; readonly reply: Reply }[];
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
  const replies = new Map(state.replies);
  const changed = new Set<string>();
  const entries: LedgerEntry[] = [];
  const given: { orderId: string; reply: Reply }[] = [];
  const notices: Notice[] = [];
  let expired = 0;
  let rejected = 0;
  for (const input of inputs) {
    const { orderId } = input;
    const answered = replies.get(orderId) ?? [];
    const before = input.kind === 'due' ? undefined : replyTo(answered, input.commandId);
    if (before !== undefined) {
      notices.push({ orderId, kind: 'reply', reply: before });
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
    if (decision.reply !== undefined) {
      const { reply } = decision;
      replies.set(orderId, [...answered, reply]);
      given.push({ orderId, reply });
      notices.push({ orderId, kind: 'reply', reply });
      if (reply.type === 'RESERVATION_CREATION_FAILED' && decision.reservation?.status === 'REJECTED') rejected += 1;
    }
    if (decision.expired === true) {
      notices.push({ orderId, kind: 'expired' });
      expired += 1;
    }
  }
  return {
    reservations: [...reservations.values()].filter(({ orderId }) => changed.has(orderId)),
    entries,
    replies: given,
    notices,
    facts: stockFacts(entries),
    expired,
    rejected,
  };
}

/** The answer that a command was given before. */
export function replyTo(replies: readonly Reply[], commandId: string): Reply | undefined {
  return replies.find((reply) => reply.payload.commandId === commandId);
}

function hasRestocked(replies: readonly Reply[], refundId: string): boolean {
  return replies.some((reply) => reply.type === 'RESERVATION_RESTOCKED' && reply.payload.refundId === refundId);
}
