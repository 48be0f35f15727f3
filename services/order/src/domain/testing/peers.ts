import { newId } from '@outrider/contracts';
import type { SagaInput } from '../saga.js';
import type { SagaCommand } from '../saga-command.js';
import type { Chance } from './random.js';

/** Inventory as domain.md promises it, for one order: each command has one effect and is answered whenever it comes. */
export class InventoryModel {
  state: 'NONE' | 'RESERVED' | 'CONFIRMED' | 'RELEASED' | 'EXPIRED' | 'REJECTED' = 'NONE';
  readonly #outcomes = new Map<string, SagaInput>();

  constructor(private readonly chance: Chance) {}

  handle(command: SagaCommand): SagaInput[] {
    const before = this.#outcomes.get(command.commandId);
    if (before !== undefined) return [before];
    const outcome = this.#decide(command);
    this.#outcomes.set(command.commandId, outcome);
    return [outcome];
  }

  /** The reservation's own clock. */
  expire(): SagaInput[] {
    if (this.state !== 'RESERVED') return [];
    this.state = 'EXPIRED';
    return [{ type: 'RESERVATION_EXPIRED', payload: {} }];
  }

  #decide({ type, commandId }: SagaCommand): SagaInput {
    switch (type) {
      case 'RESERVATION_CREATE_REQUEST':
        if (this.state !== 'NONE') {
          return { type: 'RESERVATION_CREATION_FAILED', payload: { commandId, reason: 'RELEASED', lines: [] } };
        }
        if (this.chance.is(0.2)) {
          this.state = 'REJECTED';
          return { type: 'RESERVATION_CREATION_FAILED', payload: { commandId, reason: 'OUT_OF_STOCK', lines: [] } };
        }
        this.state = 'RESERVED';
        return {
          type: 'RESERVATION_CREATION_SUCCEEDED',
          payload: { commandId, reservationId: newId(), expiresAt: new Date(0).toISOString() },
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
      default:
        throw new Error(`inventory was sent ${type}`);
    }
  }

  get closed(): boolean {
    return this.state === 'RELEASED' || this.state === 'EXPIRED' || this.state === 'REJECTED';
  }
}

/** Payment as domain.md promises it, for one order. An authorisation may take its time or want the customer first. */
export class PaymentModel {
  state: 'NONE' | 'PENDING' | 'ACTION' | 'AUTHORIZED' | 'DECLINED' | 'CAPTURED' | 'CLOSED' = 'NONE';
  captured = 0;
  refunded = 0;
  readonly #outcomes = new Map<string, SagaInput>();
  #create: string | undefined;

  constructor(
    private readonly chance: Chance,
    private readonly total: number,
  ) {}

  handle(command: SagaCommand): SagaInput[] {
    const before = this.#outcomes.get(command.commandId);
    if (before !== undefined) return [before];
    switch (command.type) {
      case 'PAYMENT_CREATE_REQUEST':
        return this.#authorise(command.commandId);
      case 'PAYMENT_CONFIRM_REQUEST':
        return this.#capture(command.commandId);
      case 'PAYMENT_RELEASE_REQUEST':
        return this.#release(command.commandId);
      default:
        throw new Error(`payment was sent ${command.type}`);
    }
  }

  /** The provider, or the customer, has come to an end with the authorisation. */
  settle(): SagaInput[] {
    const commandId = this.#create;
    if ((this.state !== 'PENDING' && this.state !== 'ACTION') || commandId === undefined) return [];
    if (this.chance.is(0.25)) {
      this.state = 'DECLINED';
      return [this.#keep(commandId, { type: 'PAYMENT_CREATION_FAILED', payload: { commandId, reason: 'declined' } })];
    }
    this.state = 'AUTHORIZED';
    const payload = { commandId, paymentId: newId(), amount: this.total };
    return [this.#keep(commandId, { type: 'PAYMENT_CREATION_SUCCEEDED', payload })];
  }

  get closed(): boolean {
    return ['NONE', 'DECLINED', 'CLOSED'].includes(this.state) && this.captured === this.refunded;
  }

  #authorise(commandId: string): SagaInput[] {
    if (this.state === 'CLOSED') {
      return [this.#keep(commandId, { type: 'PAYMENT_CREATION_FAILED', payload: { commandId, reason: 'released' } })];
    }
    if (this.state === 'NONE') {
      this.#create = commandId;
      this.state = this.chance.is(0.15) ? 'ACTION' : 'PENDING';
    }
    if (this.state === 'ACTION') {
      const expiresAt = new Date(0).toISOString();
      return [{ type: 'PAYMENT_ACTION_REQUIRED', payload: { commandId, paymentId: newId(), expiresAt } }];
    }
    return this.chance.is(0.5) ? this.settle() : [];
  }

  #capture(commandId: string): SagaInput[] {
    if (this.state !== 'AUTHORIZED' || this.chance.is(0.2)) {
      return [this.#keep(commandId, { type: 'PAYMENT_CONFIRM_FAILED', payload: { commandId, reason: this.state } })];
    }
    this.state = 'CAPTURED';
    this.captured = this.total;
    return [this.#keep(commandId, { type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: this.captured } })];
  }

  #release(commandId: string): SagaInput[] {
    const settled = this.settle();
    const voided = this.state === 'AUTHORIZED';
    this.refunded = this.captured;
    this.state = 'CLOSED';
    const payload = { commandId, voided, refundedAmount: this.refunded };
    return [...settled, this.#keep(commandId, { type: 'PAYMENT_RELEASE', payload })];
  }

  #keep(commandId: string, outcome: SagaInput): SagaInput {
    this.#outcomes.set(commandId, outcome);
    return outcome;
  }
}
