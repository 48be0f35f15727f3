import { setTimeout as sleep } from 'node:timers/promises';
import type { ListAnswer, ListRequest, ListingProvider, LookupAnswer } from './payment-provider.js';

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

/** `unreadable`: the provider answers, but not for this charge, or its adapter cannot read what it answers. */
export type LedgerLookup =
  | Exclude<LookupAnswer, { kind: 'unanswered' }>
  | { readonly kind: 'unreadable'; readonly reason: string };

/** How far back is listed only to see whether the provider answers, in ms. */
const PROBE_MS = 1_000;

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
   * Looks a charge up. Without an answer a page is listed, and the charge looked up once more: so a provider that is down
   * ends the check, and a charge that cannot be read does not.
   *
   * @throws NoAnswer, Stopped, or what `renew` throws
   */
  async lookup(reference: string): Promise<LedgerLookup> {
    const first = await this.#lookup(reference);
    if (first.kind !== 'unanswered') return first;
    const now = Date.now();
    await this.list({ createdFrom: new Date(now - PROBE_MS), createdTo: new Date(now) });
    const second = await this.#lookup(reference);
    return second.kind === 'unanswered' ? { kind: 'unreadable', reason: second.reason } : second;
  }

  async #lookup(reference: string): Promise<LookupAnswer> {
    await this.#turn('lookup');
    return this.provider.lookup({ reference });
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
