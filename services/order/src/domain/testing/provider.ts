import type { Chance } from './random.js';

/** A call to the provider: answered, or timed out, and then nobody knows whether it landed. */
export type Call = 'OK' | 'DECLINED' | 'TIMEOUT';

/** A payment provider with one charge: idempotent by key, and as unreliable as the chance says. Its books are the truth. */
export class ProviderModel {
  authorised = false;
  voided = false;
  captures = 0;
  captured = 0;
  /** each by its key, or by the provider's own name for one made by hand; an amount of 0 is one that came back */
  readonly refunds = new Map<string, number>();
  readonly #answers = new Map<string, Call>();

  constructor(private readonly chance: Chance) {}

  get refunded(): number {
    return [...this.refunds.values()].reduce((sum, amount) => sum + amount, 0);
  }

  authorise(key: string): Call {
    return this.#call(key, 0.25, () => {
      this.authorised = true;
    });
  }

  capture(key: string, amount: number): Call {
    // somebody may have done it by hand, or made it impossible
    return this.#call(key, this.voided ? 1 : this.captured > 0 ? 0 : 0.15, () => {
      if (this.captured > 0) return;
      this.captures += 1;
      this.captured += amount;
    });
  }

  void(key: string): Call {
    return this.#call(key, 0, () => {
      this.voided = true;
    });
  }

  refund(key: string, amount: number, declines = 0.2): Call {
    return this.#call(key, amount > this.captured - this.refunded ? 1 : declines, () => this.refunds.set(key, amount));
  }

  /** The same, but it gives back whatever it likes of what is left, also nothing. */
  refundOtherwise(key: string): Call {
    const left = this.captured - this.refunded;
    return this.#call(key, 0, () => this.refunds.set(key, this.chance.below(left + 1)));
  }

  /** The customer's bank sends a refund back. @returns how much it was */
  sendBack(key: string): number {
    const amount = this.refunds.get(key) ?? 0;
    this.refunds.set(key, 0);
    return amount;
  }

  #call(key: string, declines: number, effect: () => unknown): Call {
    if (this.chance.is(0.1)) return 'TIMEOUT';
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.chance.is(declines) ? 'DECLINED' : 'OK';
      this.#answers.set(key, answer);
      if (answer === 'OK') effect();
    }
    return this.chance.is(0.1) ? 'TIMEOUT' : answer;
  }
}
