import { newId } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { PaymentProvider } from '../providers/payment-provider.js';
import {
  knownDifferences,
  LeaseLost,
  leaveCheck,
  renewCheck,
  saveStep,
  takeCheck,
  type Found,
  type Holder,
  type Known,
  type Step,
  type Taken,
} from '../persistence/statements/ledger-check.js';
import type { ChargeDifferenceKind } from '../domain/charge-difference.js';
import { lookAgain, type TakeOver } from './check-charge.js';
import { hasEnded, recentWalk, sweepWalk, type Walk, type WalkSettings } from '../domain/ledger-walk.js';
import { NoAnswer, ProviderLedger, Stopped } from '../providers/provider-ledger.js';
import { walkLedger, type Books } from './walk-ledger.js';

/** Differences that are kept. With more something is wrong as a whole, and one request for each more would tell no more. */
const MOST_KNOWN = 2_000;
/** Known differences that are looked at again in a round, one request each. */
const LOOKED_AT_AGAIN = 200;

export interface LedgerSettings extends WalkSettings {
  /** from the end of one round to the next, in ms */
  readonly everyMs: number;
  /** pages of the sweep in a round */
  readonly sweepPages: number;
  /** requests to the provider in a second */
  readonly perSecond: number;
  /** how long a process that checks may be silent before another takes over, in ms; longer than a request takes */
  readonly leaseMs: number;
}

/** Told of every request, and of every difference when it is found. */
export interface LedgerObserver {
  request(kind: 'list' | 'lookup'): void;
  found(kind: ChargeDifferenceKind): void;
}

/** There are so many differences that looking for more makes no sense before somebody has seen to it. */
class TooMany extends Error {
  override readonly name = 'TooMany';

  constructor() {
    super(`${MOST_KNOWN} charges differ: is it the right account?`);
  }
}

/**
 * Holds the provider's ledger against our payments, both ways. Of all replicas one does so at a time, when it is due;
 * what it has come to is kept in the database, so any of them goes on from there.
 */
export class LedgerCheck {
  readonly #owner = newId();
  readonly #stop = new AbortController();

  constructor(
    private readonly provider: PaymentProvider,
    private readonly sql: () => SqlClient,
    private readonly takeOver: TakeOver,
    private readonly settings: LedgerSettings,
    private readonly observer: LedgerObserver,
    private readonly log: Logger,
  ) {}

  /**
   * Checks, when it is due and nobody else is at it: what differed before, what is new, and a further piece of all there
   * is. Nothing is concluded from a provider that does not answer: what was found stays, and what was checked grows old.
   */
  async round(): Promise<void> {
    const { leaseMs, everyMs } = this.settings;
    const holder = { provider: this.provider.name, owner: this.#owner, leaseMs };
    const taken = await takeCheck(this.sql(), holder);
    if (taken === undefined) return;
    try {
      await this.#check(holder, taken);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      if (error instanceof NoAnswer) this.log.warn({ reason: error.reason }, 'the ledger could not be checked');
      else if (!(error instanceof Stopped)) this.log.error({ err: error }, 'the check of the ledger broke off');
    }
    await leaveCheck(this.sql(), holder, this.#stop.signal.aborted ? 0 : everyMs);
  }

  /** A round in hand ends with the request it is waiting for; others go on with it. */
  stop(): void {
    this.#stop.abort();
  }

  async #check(holder: Holder, { recent, sweep, now }: Taken): Promise<void> {
    const sql = this.sql();
    const ledger = this.#ledger(holder);
    const differences = await knownDifferences(sql, holder.provider, MOST_KNOWN + 1);
    const known = new Map(differences.map((one) => [nameOf(one), one]));
    const save = async (step: Step): Promise<void> => {
      await saveStep(this.sql(), holder, step);
      this.#note(known, step);
    };
    await this.#lookAtKnown(ledger, differences.slice(0, LOOKED_AT_AGAIN), save);
    const books: Books = {
      provider: holder.provider,
      ledger,
      sql,
      takeOver: this.takeOver,
      graceMs: this.settings.graceMs,
      isKnown: (orderId, reference) => known.has(nameOf({ orderId, reference })),
    };
    const walkRecent = (walk: Walk): Promise<Walk> =>
      walkLedger(books, walk, Infinity, (reached, step) =>
        save({ ...step, recent: reached, checked: hasEnded(reached) }),
      );
    const ended = await walkRecent(recentWalk(recent, now, this.settings));
    // it was one that was broken off: what has come since is still to be walked through
    if (recent !== null && !hasEnded(recent)) await walkRecent(recentWalk(ended, now, this.settings));
    const { sweepPages } = this.settings;
    await walkLedger(books, sweepWalk(sweep, now, this.settings), sweepPages, (reached, step) =>
      save({ ...step, sweep: reached, checked: false }),
    );
  }

  #ledger(holder: Holder): ProviderLedger {
    return new ProviderLedger(this.provider, {
      perSecond: this.settings.perSecond,
      renew: () => renewCheck(this.sql(), holder),
      renewEveryMs: holder.leaseMs / 3,
      signal: this.#stop.signal,
      observe: (request) => this.observer.request(request),
    });
  }

  /** A difference stays for as long as it is so. */
  async #lookAtKnown(
    ledger: ProviderLedger,
    known: readonly Known[],
    save: (step: Step) => Promise<void>,
  ): Promise<void> {
    const found: Found[] = [];
    const gone: Known[] = [];
    for (const one of known) {
      const { orderId, reference, charge } = one;
      const suspect = { orderId, reference: reference === '' ? null : reference, charge };
      const look = await lookAgain(this.sql(), ledger, this.provider.name, this.takeOver, suspect);
      if (look.kind === 'busy') continue;
      if (look.difference === undefined) gone.push(one);
      else found.push({ orderId, reference, charge, ...look.difference });
    }
    if (known.length > 0) await save({ found, gone, checked: false });
  }

  /** @throws TooMany */
  #note(known: Map<string, Known>, { found, gone }: Step): void {
    for (const one of gone) {
      known.delete(nameOf(one));
      const { orderId, reference } = one;
      this.log.info({ orderId, reference }, 'a charge does not differ from its payment any more');
    }
    for (const one of found) {
      if (known.has(nameOf(one))) continue;
      known.set(nameOf(one), one);
      this.observer.found(one.kind);
      const { orderId, reference, kind, expected, seen } = one;
      this.log.error({ orderId, reference, kind, expected, seen }, 'a charge differs from its payment');
    }
    if (known.size > MOST_KNOWN) throw new TooMany();
  }
}

function nameOf({ orderId, reference }: Pick<Known, 'orderId' | 'reference'>): string {
  return `${orderId} ${reference}`;
}
