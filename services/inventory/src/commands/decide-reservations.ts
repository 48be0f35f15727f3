import { newId } from '@outrider/contracts';
import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import { decideBatch, replyTo, type BatchOutcome } from '../domain/decide-batch.js';
import type { Reply, Reservation, ReservationInput } from '../domain/reservation.js';
import { applyMovements } from '../persistence/statements/apply-movements.js';
import { lockReservations } from '../persistence/statements/lock-reservations.js';
import { lockStock } from '../persistence/statements/lock-stock.js';
import { readReplies } from '../persistence/statements/read-answers.js';
import { storeReservations } from '../persistence/statements/store-reservations.js';
import type { ReservationTimePolicy } from '../policies/reservation-time-policy.js';

export interface SettleSettings {
  readonly reservationTime: ReservationTimePolicy;
  /** milliseconds */
  readonly unknownProductWaitMs: number;
  /** told of what was committed */
  readonly counted: (counts: { readonly expired: number; readonly rejected: number }) => void;
}

/**
 * Everything that ever happens to reservations goes through here: requests of orders, expiry, the end of a wait.
 * Whatever the number of inputs, five statements (and one for the events): reservations locked, answers read,
 * products locked; then, decided in order of arrival, stock with its ledger and reservations with their answers.
 */
export class SettleReservations {
  constructor(private readonly settings: SettleSettings) {}

  /**
   * Inside the caller's transaction, which holds no lock on reservations or stock besides those of these inputs.
   * @throws TransientError when a rival made one of the reservations at the same time
   */
  async settle(tx: Transaction, inputs: readonly ReservationInput[]): Promise<AfterCommit | undefined> {
    if (inputs.length === 0) return undefined;
    const { reservationTime, unknownProductWaitMs, counted } = this.settings;
    const orderIds = [...new Set(inputs.map(({ orderId }) => orderId))];
    const reservations = await lockReservations(tx.sql, orderIds);
    const { now, replies } = await readReplies(tx.sql, orderIds);
    const stock = await lockStock(tx.sql, productsOf(inputs, reservations, replies));
    const outcome = decideBatch({ reservations, replies, stock }, inputs, {
      now,
      newId,
      expiresAt: (lines) => new Date(now.getTime() + reservationTime.keepFor(lines)),
      latest: ({ createdAt, lines }) => new Date(createdAt.getTime() + reservationTime.keepAtMost(lines)),
      waitsUntil: new Date(now.getTime() + unknownProductWaitMs),
    });
    await applyMovements(tx.sql, outcome.entries);
    await storeReservations(tx.sql, outcome.reservations, outcome.replies);
    tell(tx, outcome);
    return async () => counted(outcome);
  }
}

const CLOSED: ReadonlySet<Reservation['status'] | undefined> = new Set(['RELEASED', 'EXPIRED', 'REJECTED']);

/** The products whose stock the inputs may look at or move; none for orders that are closed or only answered again. */
function productsOf(
  inputs: readonly ReservationInput[],
  reservations: ReadonlyMap<string, Reservation>,
  replies: ReadonlyMap<string, readonly Reply[]>,
): string[] {
  const products = new Set<string>();
  for (const input of inputs) {
    // time alone: a hot product need not wait for it
    if (input.kind === 'extend') continue;
    if (input.kind !== 'due' && replyTo(replies.get(input.orderId) ?? [], input.commandId) !== undefined) continue;
    const reservation = reservations.get(input.orderId);
    if (CLOSED.has(reservation?.status)) continue;
    // a request to create is followed, in the same batch perhaps, by others that move the same products
    for (const { productId } of input.kind === 'create' ? input.lines : []) products.add(productId);
    for (const { productId } of reservation?.lines ?? []) products.add(productId);
  }
  return [...products];
}

function tell(tx: Transaction, outcome: BatchOutcome): void {
  for (const notice of outcome.notices) {
    if (notice.kind === 'expired') tx.emit('order-event', 'RESERVATION_EXPIRED', notice.orderId, {});
    else tx.emit('order-event', notice.reply.type, notice.orderId, notice.reply.payload);
  }
  for (const { productId, type, fact } of outcome.facts) tx.emit('product-event', type, productId, fact);
}
