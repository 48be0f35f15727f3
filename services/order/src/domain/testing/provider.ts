import type { Chance } from './random.js';

/** A call to the provider: answered, or timed out, and then nobody knows whether it landed. */
export type Call = 'OK' | 'DECLINED' | 'TIMEOUT';

/** A payment provider with one charge: idempotent by key, and as unreliable as the chance says. Its books are the truth. */
export class ProviderModel {
  authorised = false;
  voided = false;
  captures = 0;
  captured = 0;
  refunded = 0;
  readonly #answers = new Map<string, Call>();

  constructor(private readonly chance: Chance) {}

  authorise(key: string): Call {
    return this.#call(key, 0.25, () => {
      this.authorised = true;
    });
  }

  capture(key: string, amount: number): Call {
    return this.#call(key, 0.15, () => {
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
    return this.#call(key, declines, () => {
      this.refunded += amount;
    });
  }

  #call(key: string, declines: number, effect: () => void): Call {
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
