import { newId } from '@outrider/contracts';
import type { SagaInput } from '../saga-input.js';
import type { Sent } from './sent.js';
import type { Chance } from './random.js';

const MINUTE = 60_000;
const EXPIRY_MS = 15 * MINUTE;
/** a reservation is kept this long at the most */
const LONGEST_MS = 180 * MINUTE;

/**
 * Inventory as domain.md promises it, for one order: each command has one effect and is answered whenever it comes;
 * but for a request to keep stock longer, which is not answered and never means less. Times in milliseconds.
 */
export class InventoryModel {
  state: 'NONE' | 'RESERVED' | 'CONFIRMED' | 'RELEASED' | 'EXPIRED' | 'REJECTED' = 'NONE';
  /** the refunds whose pieces it took in again */
  readonly restocked: string[] = [];
  /** when the reservation expires by itself; while RESERVED */
  expiresAt: number | undefined;
  #latest = 0;
  readonly #outcomes = new Map<string, SagaInput>();

  constructor(private readonly chance: Chance) {}

  handle(sent: Sent, now: number): SagaInput[] {
    const { commandId, type } = sent.command;
    if (type === 'RESERVATION_EXTEND_REQUEST') {
      this.#extend(sent);
      return [];
    }
    const before = this.#outcomes.get(commandId);
    if (before !== undefined) return [before];
    const outcome = this.#decide(sent, now);
    this.#outcomes.set(commandId, outcome);
    return [outcome];
  }

  /** The reservation's own clock; `Infinity` for one that is wrong. */
  tick(now: number): SagaInput[] {
    if (this.state !== 'RESERVED' || this.expiresAt === undefined || this.expiresAt > now) return [];
    this.state = 'EXPIRED';
    return [{ type: 'RESERVATION_EXPIRED', payload: {} }];
  }

  get closed(): boolean {
    return this.state === 'RELEASED' || this.state === 'EXPIRED' || this.state === 'REJECTED';
  }

  #extend({ until }: Sent): void {
    if (until === null) throw new Error('inventory was sent an extension without a time');
    if (this.state !== 'RESERVED' || this.expiresAt === undefined) return;
    this.expiresAt = Math.max(this.expiresAt, Math.min(until.getTime(), this.#latest));
  }

  #decide({ command: { type, commandId }, refund }: Sent, now: number): SagaInput {
    switch (type) {
      case 'RESERVATION_CREATE_REQUEST':
        if (this.state !== 'NONE') {
          return { type: 'RESERVATION_CREATION_FAILED', payload: { commandId, reason: 'RELEASED', lines: [] } };
        }
        if (this.chance.is(0.15)) {
          this.state = 'REJECTED';
          return { type: 'RESERVATION_CREATION_FAILED', payload: { commandId, reason: 'OUT_OF_STOCK', lines: [] } };
        }
        this.state = 'RESERVED';
        this.expiresAt = now + EXPIRY_MS;
        this.#latest = now + LONGEST_MS;
        return {
          type: 'RESERVATION_CREATION_SUCCEEDED',
          payload: { commandId, reservationId: newId(), expiresAt: new Date(this.expiresAt).toISOString() },
        };
      case 'RESERVATION_CONFIRM_REQUEST':
        if (this.state !== 'RESERVED') {
          return { type: 'RESERVATION_CONFIRM_FAILED', payload: { commandId, reason: this.state } };
        }
        this.state = 'CONFIRMED';
        return { type: 'RESERVATION_CONFIRM', payload: { commandId } };
      case 'RESERVATION_RELEASE_REQUEST': {
        const restocked = this.state === 'CONFIRMED';
        if (this.state === 'NONE' || this.state === 'RESERVED' || this.state === 'CONFIRMED') this.state = 'RELEASED';
        return { type: 'RESERVATION_RELEASE', payload: { commandId, restocked } };
      }
      case 'RESERVATION_RESTOCK_REQUEST': {
        if (refund === null) throw new Error('inventory was asked to restock without a refund');
        if (this.state === 'CONFIRMED') this.restocked.push(refund.refundId);
        return { type: 'RESERVATION_RESTOCKED', payload: { commandId, refundId: refund.refundId } };
      }
      default:
        throw new Error(`inventory was sent ${type}`);
    }
  }
}
