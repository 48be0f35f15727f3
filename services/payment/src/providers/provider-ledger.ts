import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderRecord } from '../domain/provider-answer.js';
import type { ListAnswer, ListRequest, ListingProvider } from './payment-provider.js';

/** The provider did not answer: nothing may be concluded. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(readonly reason: string) {
    super(`the provider did not answer: ${reason}`);
  }
}

/** The process is closing. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor() {
    super('the check was stopped');
  }
}

export interface LedgerPace {
  /** requests to the provider per second, at most */
  readonly perSecond: number;
  /** renews the lease; called before a request when the last call was `renewEveryMs` ago */
  readonly renew: () => Promise<void>;
  readonly renewEveryMs: number;
  readonly signal: AbortSignal;
  readonly observe: (request: 'list' | 'lookup') => void;
}

/** Reads the provider's ledger, one request after the other and no faster than allowed. */
export class ProviderLedger {
  #nextAt = 0;
  #renewAt: number;

  constructor(
    private readonly provider: ListingProvider,
    private readonly pace: LedgerPace,
  ) {
    this.#renewAt = performance.now() + pace.renewEveryMs;
  }

  /** @throws NoAnswer, Stopped, or what `renew` throws */
  async list(request: ListRequest): Promise<Extract<ListAnswer, { kind: 'page' }>> {
    await this.#turn('list');
    const answer = await this.provider.list(request);
    if (answer.kind === 'unanswered') throw new NoAnswer(answer.reason);
    return answer;
  }

  /**
   * @returns undefined when the provider has no such charge
   * @throws NoAnswer, Stopped, or what `renew` throws
   */
  async lookup(reference: string): Promise<ProviderRecord | undefined> {
    await this.#turn('lookup');
    const answer = await this.provider.lookup({ reference });
    if (answer.kind === 'unanswered') throw new NoAnswer(`${reference}: ${answer.reason}`);
    return answer.kind === 'record' ? answer.record : undefined;
  }

  async #turn(request: 'list' | 'lookup'): Promise<void> {
    const { signal, perSecond, renew, renewEveryMs, observe } = this.pace;
    const waitMs = this.#nextAt - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new Stopped();
    if (performance.now() >= this.#renewAt) {
      await renew();
      this.#renewAt = performance.now() + renewEveryMs;
    }
    this.#nextAt = performance.now() + 1_000 / perSecond;
    observe(request);
  }
}
