import { newId } from '@outrider/contracts';
import type { ProviderUpdate } from '../saga-input.js';
import type { SagaInput } from '../saga-input.js';
import { refundCommandIdOf } from '../saga-command.js';
import { ProviderModel, type Call } from './provider.js';
import type { Chance } from './random.js';
import type { Sent } from './sent.js';

const paymentId = newId();

/**
 * Payment as domain.md promises it, for one order: one operation at a time, in the order in which they came. A call
 * whose answer is not known, because it timed out or because payment died, is made again under the same key. A customer
 * who must act has a time of any length to do it. Times in milliseconds.
 */
export class PaymentModel {
  readonly provider: ProviderModel;
  /** the order is sold: no release will come any more */
  sold = false;
  /** what came back of the refund that closed an order that was undone */
  sentBack = 0;
  #state: 'NONE' | 'ACTION' | 'AUTHORIZED' | 'DECLINED' | 'CAPTURED' | 'VOIDED' | 'CLOSED' = 'NONE';
  readonly #outcomes = new Map<string, SagaInput>();
  readonly #operations: Sent[] = [];
  /** the customer is not asked any more */
  #acted = false;
  #actionExpiresAt = 0;

  constructor(
    private readonly chance: Chance,
    private readonly total: number,
  ) {
    this.provider = new ProviderModel(chance);
  }

  handle(sent: Sent, now: number): SagaInput[] {
    const { commandId, type } = sent.command;
    const before = this.#outcomes.get(commandId);
    if (before !== undefined) return [before];
    const known = this.#operations.some(({ command }) => command.commandId === commandId);
    if (!known) this.#operations.push(sent);
    if (type === 'PAYMENT_CREATE_REQUEST' && known && this.#state === 'ACTION') return [this.#notice(commandId)];
    return this.chance.is(0.6) ? this.work(now) : [];
  }

  /** Tries the operation that is first. */
  work(now: number): SagaInput[] {
    const sent = this.#operations[0];
    if (sent === undefined) return [];
    // dead before the call, or after it and before its outcome was written
    if (this.chance.is(0.1)) return [];
    const outcome = this.#attempt(sent, now);
    if (outcome === undefined) return [];
    // it stays first until the customer acts or a release comes
    if (outcome.type === 'PAYMENT_ACTION_REQUIRED') return [outcome];
    this.#operations.shift();
    this.#outcomes.set(sent.command.commandId, outcome);
    return [outcome];
  }

  /** The customer has done what was asked. */
  act(): void {
    if (this.#state === 'ACTION') this.#state = 'NONE';
    this.#acted = true;
  }

  /** When the customer's time is over; undefined when nobody must act. */
  get customerUntil(): number | undefined {
    return this.#state === 'ACTION' ? this.#actionExpiresAt : undefined;
  }

  /** There is something that goes on without the customer. */
  busy(now: number): boolean {
    const waits = this.#state === 'ACTION' && now < this.#actionExpiresAt;
    return this.#operations.length > (waits ? 1 : 0);
  }

  get closed(): boolean {
    const { authorised, voided, captured, refunded } = this.provider;
    // once closed, nothing that is still to be tried has an effect
    const still = this.#operations.length === 0 || this.#state === 'CLOSED';
    return still && captured <= refunded + this.sentBack && (!authorised || voided || captured > 0);
  }

  /** What somebody does at the provider, and what payment then says of it; undefined: it cannot be done now. */
  byHand(what: 'capture' | 'void' | 'refund'): ProviderUpdate | undefined {
    const { provider } = this;
    const open = this.#state === 'AUTHORIZED' && !provider.voided && provider.captured === 0;
    switch (what) {
      case 'capture': {
        if (!open) return undefined;
        provider.captures += 1;
        provider.captured = this.chance.is(0.5) ? this.total : 1 + this.chance.below(this.total);
        this.#state = 'CAPTURED';
        return { type: 'PAYMENT_PROVIDER_CAPTURED', payload: { paymentId, capturedAmount: provider.captured } };
      }
      case 'void':
        if (!open) return undefined;
        provider.voided = true;
        this.#state = 'VOIDED';
        return { type: 'PAYMENT_PROVIDER_VOIDED', payload: { paymentId, reason: 'by hand' } };
      case 'refund': {
        const left = provider.captured - provider.refunded;
        if (left === 0) return undefined;
        const amount = this.chance.is(0.3) ? left : 1 + this.chance.below(left);
        const providerRefundId = `re_${provider.refunds.size}`;
        provider.refunds.set(providerRefundId, amount);
        return { type: 'PAYMENT_PROVIDER_REFUNDED', payload: { paymentId, providerRefundId, amount } };
      }
    }
  }

  /** A bank sends a refund back that payment has said to be made. */
  sendsBack(): ProviderUpdate | undefined {
    const made = [...this.provider.refunds].filter(([key, amount]) => amount > 0 && this.#hasAnswered(key));
    if (made.length === 0) return undefined;
    const [key] = this.chance.of(made);
    const amount = this.provider.sendBack(key);
    if (this.#state === 'CLOSED') this.sentBack += amount;
    const reason = 'the account is closed';
    return key.startsWith('re_')
      ? { type: 'PAYMENT_PROVIDER_REFUND_RETURNED', payload: { paymentId, providerRefundId: key, amount, reason } }
      : { type: 'PAYMENT_REFUND_RETURNED', payload: { paymentId, refundId: key, amount, reason } };
  }

  /** Of refunds by hand that a release has counted it is not known whether they came back before it: never here. */
  #hasAnswered(key: string): boolean {
    if (key.startsWith('re_')) return this.sold && this.#state === 'CAPTURED';
    return this.#outcomes.has(key) || this.#outcomes.has(refundCommandIdOf(key, 'PAYMENT_REFUND_REQUEST'));
  }

  #attempt({ command: { type, commandId }, refund }: Sent, now: number): SagaInput | undefined {
    switch (type) {
      case 'PAYMENT_CREATE_REQUEST':
        return this.#authorise(commandId, now);
      case 'PAYMENT_CONFIRM_REQUEST':
        if (this.#state !== 'AUTHORIZED' && this.#state !== 'CAPTURED') return captureFailed(commandId, this.#state);
        return this.#called(this.provider.capture(commandId, this.total), (ok) => {
          if (!ok) return captureFailed(commandId, 'declined');
          this.#state = 'CAPTURED';
          // what was captured by hand is taken for what it is
          return { type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: this.provider.captured } };
        });
      case 'PAYMENT_RELEASE_REQUEST':
        return this.#release(commandId);
      case 'PAYMENT_REFUND_REQUEST': {
        if (refund === null) throw new Error('payment was asked to refund without a refund');
        const { refundId, amount } = refund;
        const { provider } = this;
        const call = this.chance.is(0.1) ? provider.refundOtherwise(refundId) : provider.refund(refundId, amount);
        return this.#called(call, (ok) =>
          ok
            ? {
                type: 'PAYMENT_REFUNDED',
                payload: { commandId, refundId, amount: provider.refunds.get(refundId) ?? 0 },
              }
            : { type: 'PAYMENT_REFUND_FAILED', payload: { commandId, refundId, reason: 'declined' } },
        );
      }
      default:
        throw new Error(`payment was sent ${type}`);
    }
  }

  #authorise(commandId: string, now: number): SagaInput | undefined {
    if (this.#state === 'CLOSED') return creationFailed(commandId, 'released');
    if (this.#state === 'NONE' && !this.#acted && this.chance.is(0.15)) {
      this.#state = 'ACTION';
      // a minute to four hours
      this.#actionExpiresAt = now + Math.round(60_000 * 240 ** this.chance.next());
    }
    if (this.#state === 'ACTION') {
      // a release behind it ends the waiting, and so does the customer's time
      if (this.#operations.length === 1 && now < this.#actionExpiresAt) return this.#notice(commandId);
      this.#state = 'DECLINED';
      return creationFailed(commandId, 'given up');
    }
    this.#acted = true;
    return this.#called(this.provider.authorise(commandId), (ok) => {
      this.#state = ok ? 'AUTHORIZED' : 'DECLINED';
      if (!ok) return creationFailed(commandId, 'declined');
      const payload = { commandId, paymentId: newId(), amount: this.total };
      return { type: 'PAYMENT_CREATION_SUCCEEDED', payload };
    });
  }

  /** The same again as a rule; a provider may ask again. */
  #notice(commandId: string): SagaInput {
    if (this.chance.is(0.1)) this.#actionExpiresAt += this.chance.below(600_000) - 180_000;
    const expiresAt = new Date(this.#actionExpiresAt).toISOString();
    return { type: 'PAYMENT_ACTION_REQUIRED', payload: { commandId, paymentId: newId(), expiresAt } };
  }

  #release(commandId: string): SagaInput | undefined {
    const closed = (voided: boolean, refundedAmount: number): SagaInput => {
      this.#state = 'CLOSED';
      return { type: 'PAYMENT_RELEASE', payload: { commandId, voided, refundedAmount } };
    };
    switch (this.#state) {
      case 'AUTHORIZED':
        return this.#called(this.provider.void(commandId), () => closed(true, 0));
      case 'CAPTURED': {
        const { captured, refunded } = this.provider;
        const rest = captured - refunded;
        if (rest === 0) return closed(false, refunded);
        return this.#called(this.provider.refund(commandId, rest, 0), () => closed(false, this.provider.refunded));
      }
      default:
        return closed(false, 0);
    }
  }

  #called(call: Call, outcome: (ok: boolean) => SagaInput): SagaInput | undefined {
    // died after the call: the outcome is not known to anyone here
    if (call === 'TIMEOUT' || this.chance.is(0.05)) return undefined;
    return outcome(call === 'OK');
  }
}

function creationFailed(commandId: string, reason: string): SagaInput {
  return { type: 'PAYMENT_CREATION_FAILED', payload: { commandId, reason } };
}

function captureFailed(commandId: string, reason: string): SagaInput {
  return { type: 'PAYMENT_CONFIRM_FAILED', payload: { commandId, reason } };
}
