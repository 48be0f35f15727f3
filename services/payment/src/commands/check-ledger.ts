import { newId } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { ChargeDifferenceKind } from '../domain/charge-difference.js';
import { hasEnded, recentWalk, sweepWalk, type Walk, type WalkSettings } from '../domain/ledger-walk.js';
import {
  claimCheck,
  finishCheck,
  LeaseLost,
  readDifferences,
  renewCheck,
  saveStep,
  type ClaimedCheck,
  type FoundDifference,
  type Holder,
  type KnownDifference,
  type Step,
} from '../persistence/statements/ledger-check.js';
import type { ListingProvider } from '../providers/payment-provider.js';
import { NoAnswer, ProviderLedger, Stopped } from '../providers/provider-ledger.js';
import { checkCharge, type ApplyLedgerRecord } from './check-charge.js';
import { walkLedger, type Books } from './walk-ledger.js';

/** Differences that are stored. With more, something is wrong as a whole, and looking each up would not help. */
const MOST_KNOWN = 2_000;
/** Known differences that are checked again in one check, with one request each. */
const MOST_CHECKED_AGAIN = 200;

export interface LedgerSettings extends WalkSettings {
  /** from the end of one check to the start of the next, in ms */
  readonly everyMs: number;
  /** pages of the sweep in one check */
  readonly sweepPages: number;
  /** requests to the provider per second */
  readonly perSecond: number;
  /** when another process takes over from one that does not renew its lease, in ms; longer than a request */
  readonly leaseMs: number;
}

/** Counts requests, and differences when they are found. */
export interface LedgerObserver {
  request(kind: 'list' | 'lookup'): void;
  found(kind: ChargeDifferenceKind): void;
}

/** There are so many differences that an operator must look at them first. */
class TooMany extends Error {
  override readonly name = 'TooMany';

  constructor() {
    super(`${MOST_KNOWN} charges differ: is it the right account?`);
  }
}

/**
 * Compares the provider's ledger with our payments, in both directions. One replica at a time does, when the check is
 * due; its progress is stored in the database, so any of them continues from there.
 */
export class CheckLedger {
  readonly #owner = newId();
  readonly #stop = new AbortController();

  constructor(
    private readonly provider: ListingProvider,
    private readonly sql: () => SqlClient,
    private readonly applyRecord: ApplyLedgerRecord,
    private readonly settings: LedgerSettings,
    private readonly observer: LedgerObserver,
    private readonly log: Logger,
  ) {}

  /**
   * Checks, when it is due and no other replica does: known differences, recent payments, and a further part of all
   * payments. While the provider does not answer nothing is concluded: differences stay, and the last check grows old.
   */
  async execute(): Promise<void> {
    const { leaseMs, everyMs } = this.settings;
    const holder = { provider: this.provider.name, owner: this.#owner, leaseMs };
    const claimed = await claimCheck(this.sql(), holder);
    if (claimed === undefined) return;
    try {
      await this.#check(holder, claimed);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      if (error instanceof NoAnswer) {
        this.log.warn({ reason: error.reason }, 'the provider’s ledger could not be checked');
      } else if (!(error instanceof Stopped)) {
        this.log.error({ err: error }, 'the check of the provider’s ledger failed');
      }
    }
    await finishCheck(this.sql(), holder, this.#stop.signal.aborted ? 0 : everyMs);
  }

  /** A running check ends after its current request; another replica continues it. */
  stop(): void {
    this.#stop.abort();
  }

  async #check(holder: Holder, { recent, sweep, now }: ClaimedCheck): Promise<void> {
    const sql = this.sql();
    const ledger = this.#ledger(holder);
    const differences = await readDifferences(sql, holder.provider, MOST_KNOWN + 1);
    const known = new Map(differences.map((one) => [nameOf(one), one]));
    const save = async (step: Step): Promise<void> => {
      await saveStep(this.sql(), holder, step);
      this.#note(known, step);
    };
    await this.#checkKnown(ledger, differences, save);
    const books: Books = {
      provider: holder.provider,
      ledger,
      sql,
      applyRecord: this.applyRecord,
      graceMs: this.settings.graceMs,
      isKnown: (orderId, reference) => known.has(nameOf({ orderId, reference })),
    };
    const walkRecent = (walk: Walk): Promise<Walk> =>
      walkLedger(books, walk, Infinity, (reached, step) =>
        save({ ...step, recent: reached, checked: hasEnded(reached) }),
      );
    const ended = await walkRecent(recentWalk(recent, now, this.settings));
    // that was an unfinished walk: what is newer comes now
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

  async #checkKnown(
    ledger: ProviderLedger,
    known: readonly KnownDifference[],
    save: (step: Step) => Promise<void>,
  ): Promise<void> {
    const found: FoundDifference[] = [];
    const resolved: KnownDifference[] = [];
    for (const one of known) {
      // those of busy payments do not count: they stay the first, and enough of them would block all others
      if (found.length + resolved.length === MOST_CHECKED_AGAIN) break;
      const { orderId, reference, charge } = one;
      const suspect = { orderId, reference: reference === '' ? null : reference, charge };
      const check = await checkCharge(this.sql(), ledger, this.provider.name, this.applyRecord, suspect);
      if (check.kind === 'busy') continue;
      if (check.difference === undefined) resolved.push(one);
      else found.push({ orderId, reference, charge, ...check.difference });
    }
    if (known.length > 0) await save({ found, resolved, checked: false });
  }

  /** @throws TooMany */
  #note(known: Map<string, KnownDifference>, { found, resolved }: Step): void {
    for (const one of resolved) {
      known.delete(nameOf(one));
      const { orderId, reference } = one;
      this.log.info({ orderId, reference }, 'a charge no longer differs from its payment');
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

function nameOf({ orderId, reference }: Pick<KnownDifference, 'orderId' | 'reference'>): string {
  return `${orderId} ${reference}`;
}
