import { newId } from '@outrider/contracts';
import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import { decideBatch, answerTo, type BatchOutcome } from '../domain/decide-batch.js';
import type { Answer, Reservation, ReservationInput } from '../domain/reservation.js';
import { applyMovements } from '../persistence/statements/apply-movements.js';
import { lockReservations } from '../persistence/statements/lock-reservations.js';
import { lockStock } from '../persistence/statements/lock-stock.js';
import { readAnswers } from '../persistence/statements/read-answers.js';
import { storeReservations } from '../persistence/statements/store-reservations.js';
import type { ReservationTimePolicy } from '../policies/reservation-time-policy.js';

export interface DecideSettings {
  readonly reservationTime: ReservationTimePolicy;
  /** milliseconds */
  readonly unknownProductWaitMs: number;
  /** called with what was committed */
  readonly counted: (counts: { readonly expired: number; readonly rejected: number }) => void;
}

/**
 * Every change of a reservation goes through here: requests of orders, expiry, the end of a wait. Whatever the number of
 * inputs, five statements (and one for the events) on three ways to the database: lock the reservations and read earlier answers;
 * lock the products; then, decided in the order of the inputs, write stock with its movements and reservations with their answers.
 */
export class DecideReservations {
  constructor(private readonly settings: DecideSettings) {}

  /**
   * Inside the caller's transaction, which holds no lock on reservations or stock besides those of these inputs.
   * @throws TransientError when another transaction made one of the reservations at the same time
   */
  async execute(tx: Transaction, inputs: readonly ReservationInput[]): Promise<AfterCommit | undefined> {
    if (inputs.length === 0) return undefined;
    const { reservationTime, unknownProductWaitMs, counted } = this.settings;
    const orderIds = [...new Set(inputs.map(({ orderId }) => orderId))];
    // one behind the other on their way: what is read is read after the locks were had
    const [reservations, { now, answers }] = await Promise.all([
      lockReservations(tx.sql, orderIds),
      readAnswers(tx.sql, orderIds),
    ]);
    for (const { orderId, traceparent } of reservations.values()) tx.trace.continue(orderId, traceparent ?? null);
    const stock = await lockStock(tx.sql, productsOf(inputs, reservations, answers));
    const outcome = decideBatch({ reservations, answers, stock }, inputs, {
      now,
      newId,
      expiresAt: (lines) => new Date(now.getTime() + reservationTime.keepFor(lines)),
      latest: ({ createdAt, lines }) => new Date(createdAt.getTime() + reservationTime.keepAtMost(lines)),
      waitsUntil: new Date(now.getTime() + unknownProductWaitMs),
    });
    await Promise.all([
      applyMovements(tx.sql, outcome.entries),
      storeReservations(tx.sql, outcome.reservations.map(traced(tx)), outcome.answers),
    ]);
    emit(tx, outcome);
    return async () => counted(outcome);
  }
}

function traced(tx: Transaction): (reservation: Reservation) => Reservation {
  return (reservation) => ({ ...reservation, traceparent: tx.trace.of(reservation.orderId) });
}

const CLOSED: ReadonlySet<Reservation['status'] | undefined> = new Set(['RELEASED', 'EXPIRED', 'REJECTED']);

/** The products whose stock the inputs may look at or move; none for orders that are closed or only answered again. */
function productsOf(
  inputs: readonly ReservationInput[],
  reservations: ReadonlyMap<string, Reservation>,
  answers: ReadonlyMap<string, readonly Answer[]>,
): string[] {
  const products = new Set<string>();
  for (const input of inputs) {
    // time alone: a hot product need not wait for it
    if (input.kind === 'extend') continue;
    if (input.kind !== 'due' && answerTo(answers.get(input.orderId) ?? [], input.commandId) !== undefined) continue;
    const reservation = reservations.get(input.orderId);
    if (CLOSED.has(reservation?.status)) continue;
    // a request to create is followed, in the same batch perhaps, by others that move the same products
    for (const { productId } of input.kind === 'create' ? input.lines : []) products.add(productId);
    for (const { productId } of reservation?.lines ?? []) products.add(productId);
  }
  return [...products];
}

function emit(tx: Transaction, outcome: BatchOutcome): void {
  for (const notice of outcome.notices) {
    if (notice.kind === 'expired') tx.emit('order-event', notice.orderId, { type: 'RESERVATION_EXPIRED', payload: {} });
    else tx.emit('order-event', notice.orderId, notice.answer);
  }
  for (const { productId, type, fact } of outcome.facts) tx.emit('product-event', productId, { type, payload: fact });
}
