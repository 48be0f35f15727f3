import type { ProductQuantity } from '@outrider/contracts';
import { piecesByProduct, type Answer, type Reservation, type ReservationInput } from './reservation.js';
import { takeBack } from './take-back.js';
import { available, type Movement, type MovementReason, type Stock } from './stock.js';

/** What a decision may look at. */
export interface Known {
  readonly reservation: Reservation | undefined;
  /** undefined: not a product that inventory knows */
  readonly stockOf: (productId: string) => Stock | undefined;
  /** was this refund's stock taken back before, by whatever command? */
  readonly isRestocked: (refundId: string) => boolean;
}

/** Where decisions get what is not in their input. */
export interface Circumstances {
  readonly now: Date;
  readonly newId: () => string;
  /** when a reservation made now is given back by itself */
  readonly expiresAt: (lines: readonly ProductQuantity[]) => Date;
  /** until when a reservation can be kept, however often it is asked to be kept longer */
  readonly latest: (reservation: Reservation) => Date;
  /** how long an order for an unknown product may wait for its registration, from now */
  readonly waitsUntil: Date;
}

/** What follows from an input; what is left out stays as it is. */
export interface Decision {
  readonly reservation?: Reservation;
  readonly movements?: readonly Movement[];
  /** the answer to the command with this id */
  readonly answer?: Answer;
  readonly expired?: true;
}

/** Decides what an input does to a reservation and to stock. The caller has seen to it that its command is new. */
export function decide(input: ReservationInput, known: Known, at: Circumstances): Decision {
  switch (input.kind) {
    case 'create':
      return create(input, known, at);
    case 'extend':
      return extend(input, known, at);
    case 'confirm':
      return confirm(input, known);
    case 'release':
      return release(input, known, at);
    case 'restock':
      return restock(input, known);
    case 'due':
      return due(known, at);
  }
}

type Input<K extends ReservationInput['kind']> = Extract<ReservationInput, { kind: K }>;

function create(input: Input<'create'>, known: Known, at: Circumstances): Decision {
  const { commandId, orderId } = input;
  const before = known.reservation;
  switch (before?.status) {
    case undefined: {
      const reservation = fresh(orderId, input.lines, at);
      if (!input.lines.some((line) => known.stockOf(line.productId) === undefined)) {
        return reserve(reservation, commandId, known, at);
      }
      // order took it from the catalogue's events, so its registration is on the way here too
      return {
        reservation: { ...reservation, status: 'WAITING', expiresAt: at.waitsUntil, waitingCommand: commandId },
      };
    }
    case 'WAITING':
      return { reservation: { ...before, waitingCommand: commandId } };
    case 'RESERVED':
    case 'CONFIRMED':
      return { answer: created(before, commandId, at) };
    case 'RELEASED':
    case 'EXPIRED':
    case 'REJECTED':
      return { answer: refused(commandId, 'RELEASED', []) };
  }
}

/** All lines or none; a line whose product is unknown by now is refused. */
function reserve(reservation: Reservation, commandId: string, known: Known, at: Circumstances): Decision {
  const asked = piecesByProduct(reservation.lines);
  const reject = (reason: 'UNKNOWN_PRODUCT' | 'OUT_OF_STOCK', missing: ReadonlySet<string>): Decision => ({
    reservation: { ...reservation, status: 'REJECTED', expiresAt: null, waitingCommand: null },
    answer: refused(
      commandId,
      reason,
      // the lines as they were asked for: the sum of a product's lines may be more than a line may hold
      reservation.lines.flatMap(({ productId, quantity }) => (missing.has(productId) ? [{ productId, quantity }] : [])),
    ),
  });
  const unknown = new Set<string>();
  const short = new Set<string>();
  for (const [productId, pieces] of asked) {
    const stock = known.stockOf(productId);
    if (stock === undefined) unknown.add(productId);
    else if (available(stock) < pieces) short.add(productId);
  }
  if (unknown.size > 0) return reject('UNKNOWN_PRODUCT', unknown);
  if (short.size > 0) return reject('OUT_OF_STOCK', short);
  const reserved: Reservation = {
    ...reservation,
    status: 'RESERVED',
    expiresAt: at.expiresAt(reservation.lines),
    waitingCommand: null,
  };
  return {
    reservation: reserved,
    movements: [...asked].map(([productId, pieces]) => movement(productId, 'RESERVED', reservation, 0, pieces)),
    answer: created(reserved, commandId, at),
  };
}

/**
 * Only what is kept is kept longer, and never shorter: so it may come twice, or an older one after a newer. It is not
 * answered, and what has been given back is not reserved again: the order learns of that from its expiry.
 */
function extend({ until }: Input<'extend'>, { reservation: before }: Known, at: Circumstances): Decision {
  if (before?.status !== 'RESERVED' || before.expiresAt === null) return {};
  const latest = at.latest(before);
  const expiresAt = until > latest ? latest : until;
  return expiresAt > before.expiresAt ? { reservation: { ...before, expiresAt } } : {};
}

function confirm({ commandId }: Input<'confirm'>, { reservation: before }: Known): Decision {
  switch (before?.status) {
    case 'RESERVED':
      return {
        reservation: { ...before, status: 'CONFIRMED' },
        movements: [...piecesByProduct(before.lines)].map(([productId, pieces]) =>
          movement(productId, 'CONFIRMED', before, -pieces, -pieces),
        ),
        answer: { type: 'RESERVATION_CONFIRM', payload: { commandId } },
      };
    case 'CONFIRMED':
      return { answer: { type: 'RESERVATION_CONFIRM', payload: { commandId } } };
    case 'WAITING':
    case 'RELEASED':
    case 'EXPIRED':
    case 'REJECTED':
    case undefined:
      return {
        answer: { type: 'RESERVATION_CONFIRM_FAILED', payload: { commandId, reason: before?.status ?? 'NONE' } },
      };
  }
}

function release(
  { commandId, orderId }: Input<'release'>,
  { reservation: before }: Known,
  at: Circumstances,
): Decision {
  const answer = (restocked: boolean): Answer => ({ type: 'RESERVATION_RELEASE', payload: { commandId, restocked } });
  switch (before?.status) {
    case undefined:
      // a tombstone: the request to create it, should it still come, is refused
      return { reservation: { ...fresh(orderId, [], at), status: 'RELEASED' }, answer: answer(false) };
    case 'WAITING':
      return { reservation: closed(before, 'RELEASED'), answer: answer(false) };
    case 'RESERVED':
      return { ...giveUp(before, 'RELEASED'), answer: answer(false) };
    case 'CONFIRMED': {
      const { lines, taken } = takeBack(before.lines, piecesByProduct(before.lines));
      return {
        reservation: { ...closed(before, 'RELEASED'), lines },
        movements: [...taken].map(([productId, pieces]) => movement(productId, 'RESTOCKED', before, pieces, 0)),
        answer: answer(true),
      };
    }
    case 'RELEASED':
    case 'EXPIRED':
    case 'REJECTED':
      return { answer: answer(false) };
  }
}

function restock({ commandId, refundId, lines: asked }: Input<'restock'>, known: Known): Decision {
  const answer: Answer = { type: 'RESERVATION_RESTOCKED', payload: { commandId, refundId } };
  const before = known.reservation;
  // what was not sold is in stock already; what a refund brought back, it brought back once
  if (before?.status !== 'CONFIRMED' || known.isRestocked(refundId)) return { answer };
  const { lines, taken } = takeBack(before.lines, piecesByProduct(asked));
  return {
    reservation: { ...before, lines },
    movements: [...taken].map(([productId, pieces]) => movement(productId, 'RESTOCKED', before, pieces, 0)),
    answer,
  };
}

function due(known: Known, at: Circumstances): Decision {
  const before = known.reservation;
  const over = before?.expiresAt !== undefined && before.expiresAt !== null && before.expiresAt <= at.now;
  if (before?.status === 'RESERVED') return over ? { ...giveUp(before, 'EXPIRED'), expired: true } : {};
  if (before?.status !== 'WAITING' || before.waitingCommand === null) return {};
  if (!over && before.lines.some((line) => known.stockOf(line.productId) === undefined)) return {};
  return reserve(before, before.waitingCommand, known, at);
}

function giveUp(before: Reservation, status: 'RELEASED' | 'EXPIRED'): Decision {
  return {
    reservation: closed(before, status),
    movements: [...piecesByProduct(before.lines)].map(([productId, pieces]) =>
      movement(productId, status, before, 0, -pieces),
    ),
  };
}

function fresh(orderId: string, lines: readonly ProductQuantity[], at: Circumstances): Reservation {
  return {
    id: at.newId(),
    orderId,
    status: 'RESERVED',
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity, restocked: 0 })),
    expiresAt: null,
    waitingCommand: null,
    createdAt: at.now,
    version: 0,
  };
}

function closed(before: Reservation, status: 'RELEASED' | 'EXPIRED'): Reservation {
  return { ...before, status, expiresAt: null, waitingCommand: null };
}

function movement(
  productId: string,
  reason: MovementReason,
  { orderId }: Reservation,
  onHandDelta: number,
  reservedDelta: number,
): Movement {
  return { productId, reason, reference: orderId, note: null, onHandDelta, reservedDelta };
}

function created(reservation: Reservation, commandId: string, at: Circumstances): Answer {
  const expiresAt = (reservation.expiresAt ?? at.now).toISOString();
  return { type: 'RESERVATION_CREATION_SUCCEEDED', payload: { commandId, reservationId: reservation.id, expiresAt } };
}

function refused(
  commandId: string,
  reason: 'UNKNOWN_PRODUCT' | 'OUT_OF_STOCK' | 'RELEASED',
  lines: ProductQuantity[],
): Answer {
  return { type: 'RESERVATION_CREATION_FAILED', payload: { commandId, reason, lines } };
}
