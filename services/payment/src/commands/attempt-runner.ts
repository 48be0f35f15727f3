import type { Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import { newId } from '@outrider/contracts';
import type { ProviderAnswer, ProviderRecord } from '../domain/provider-answer.js';
import { orderOfReference } from '../persistence/statements/lock-payments.js';
import { giveBack, takeDue } from '../persistence/statements/claim-due-attempts.js';
import type { PaymentProvider, ProviderEvent } from '../providers/payment-provider.js';
import { askProvider } from './ask-provider.js';
import type { Attempt, Claims } from '../domain/attempt.js';
import type { News, NewsOutcome } from './update.js';
import { NewsQueue } from './update-queue.js';
import { takeNews } from './apply-updates.js';

export interface RunnerSettings {
  /** requests to the provider at once */
  readonly concurrency: number;
  /** how long a request to the provider may take, in ms */
  readonly timeoutMs: number;
  /** waits before an operation is tried again, in ms */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** the longest wait for what may take days, as a refund on its way, in ms */
  readonly slowRetryMs: number;
}

/** Told what became of attempts, and of events. */
export interface RunnerObserver {
  attempt(outcome: ProviderAnswer['kind'] | 'declined' | 'fenced', count: number): void;
  event(outcome: NewsOutcome): void;
}

/** A lease holds this many requests one after the other, so an attempt may stand behind others before it begins. */
const REQUESTS_IN_A_LEASE = 6;
/** How many claimed attempts may wait for each that runs: begun last, ended still within the lease. */
const QUEUE_DEPTH = 3;

/**
 * Carries attempts out: as many at once as the setting says, each claimed under a lease before, each settled after.
 * What does not fit stays in the database, where any process takes it.
 */
export class AttemptRunner implements Claims {
  readonly owner = newId();
  readonly leaseMs: number;
  readonly #queue: Attempt[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #news: NewsQueue;
  readonly #timers = new Set<NodeJS.Timeout>();
  #taking: Promise<boolean> | undefined;
  /** there was more than there was room for */
  #moreIsDue = false;
  #closing = false;

  constructor(
    private readonly provider: PaymentProvider,
    private readonly transactor: Transactor,
    private readonly settings: RunnerSettings,
    private readonly observer: RunnerObserver,
    private readonly log: Logger,
  ) {
    this.leaseMs = settings.timeoutMs * REQUESTS_IN_A_LEASE;
    this.#news = new NewsQueue((news) => this.#takeNews(news), log);
  }

  free(): number {
    if (this.#closing) return 0;
    return Math.max(0, this.settings.concurrency * (1 + QUEUE_DEPTH) - this.#running.size - this.#queue.length);
  }

  /** Takes on attempts that were claimed for this process. Returns at once. */
  add(attempts: readonly Attempt[]): void {
    this.#queue.push(...attempts);
    this.#start();
  }

  /** Has what is due taken up, by this process as soon as it has room, or by another's next look. */
  wake(inMs = 0): void {
    if (this.#closing) return;
    if (inMs > 0) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.wake();
      }, inMs);
      this.#timers.add(timer);
      return;
    }
    this.#moreIsDue = true;
    this.#start();
  }

  /**
   * Takes attempts whose lease has ended or whose wait is over, as far as there is room.
   * @returns whether there may be more that is due and room for it
   */
  takeOver(): Promise<boolean> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  /** Takes in what the provider reports of its own accord. Resolves when that is committed; rejects when it was not. */
  async hear({ eventId, orderId: named, shown }: ProviderEvent): Promise<NewsOutcome> {
    const orderId = named ?? (await this.#orderOf(shown.reference));
    if (orderId !== undefined) return this.#news.add({ kind: 'event', orderId, eventId, shown });
    this.observer.event('nothing-new');
    return 'nothing-new';
  }

  /** Takes over what the provider's ledger shows of a payment. Resolves when that is committed; rejects when it was not. */
  takeOverRecord(orderId: string, shown: ProviderRecord): Promise<NewsOutcome> {
    return this.#news.add({ kind: 'read', orderId, shown });
  }

  /** Begins nothing more, gives back what was not begun, ends and writes what was. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#taking?.catch(() => {});
    // what was answered before the database went away is not worth waiting for: it can be asked for again
    this.#news.close();
    await Promise.all(this.#running);
    const notBegun = this.#queue.splice(0).map(({ command }) => command);
    if (notBegun.length === 0) return;
    try {
      await this.transactor.run((tx) => giveBack(tx.sql, notBegun));
    } catch (error) {
      this.log.warn(
        { err: error, attempts: notBegun.length },
        'attempts not given back: others have them after the lease',
      );
    }
  }

  /** What is done at the provider by hand bears no order's id there. */
  async #orderOf(reference: string): Promise<string | undefined> {
    return orderOfReference(this.transactor.read().sql, this.provider.name, reference);
  }

  #start(): void {
    while (!this.#closing && this.#running.size < this.settings.concurrency) {
      const attempt = this.#queue.shift();
      if (attempt === undefined) break;
      const run = this.#run(attempt)
        .catch((error: unknown) => {
          const { orderId } = attempt.payment;
          this.log.error({ err: error, orderId }, 'an attempt broke off: it is made again when its lease has ended');
        })
        .finally(() => {
          this.#running.delete(run);
          this.#start();
        });
      this.#running.add(run);
    }
    if (this.#moreIsDue && !this.#closing && this.#queue.length < this.settings.concurrency) {
      this.#moreIsDue = false;
      this.takeOver().then(
        (more) => {
          if (more) this.wake();
        },
        // the scanner looks again in its time
        (error: unknown) => this.log.warn({ err: error }, 'attempts that are due could not be taken'),
      );
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { payment, command, operation, claimedAt } = attempt;
    // somebody else may have it by the time the provider would answer: leave it to them
    if (performance.now() + this.settings.timeoutMs > claimedAt + this.leaseMs) return;
    const answer = await askProvider(this.provider, attempt, new Date());
    if (answer.kind !== 'record') {
      const fields = { orderId: payment.orderId, commandId: command.commandId, operation: operation.kind, answer };
      this.log.warn(fields, 'the provider did not do what it was asked');
    }
    await this.#news.add({ kind: 'answer', attempt, answer });
  }

  async #takeNews(news: readonly News[]): Promise<readonly NewsOutcome[]> {
    const { outcomes, next, dueInMs } = await this.transactor.run((tx) =>
      takeNews(tx, news, this.provider.name, this, (tries, slow) => this.#waitMs(tries, slow)),
    );
    for (const [index, one] of news.entries()) {
      const outcome = outcomes[index] ?? 'nothing-new';
      if (one.kind === 'event') this.observer.event(outcome);
      else if (one.kind === 'answer') {
        this.observer.attempt(outcomeOf(one.answer), 1);
        if (outcome === 'nothing-new') this.observer.attempt('fenced', 1);
      }
    }
    this.add(next);
    for (const ms of dueInMs) this.wake(ms);
    return outcomes;
  }

  async #take(): Promise<boolean> {
    const limit = this.free();
    if (limit === 0) {
      // looked at again when there is room
      this.#moreIsDue = true;
      return false;
    }
    const claimedAt = performance.now();
    const taken = await this.transactor.run((tx) => takeDue(tx.sql, this.owner, this.leaseMs, limit));
    this.add(
      taken.flatMap(({ payment, command }) =>
        command.operation === null ? [] : [{ payment, command, operation: command.operation, claimedAt }],
      ),
    );
    return taken.length === limit;
  }

  #waitMs(tries: number, slow: boolean): number {
    const { firstRetryMs, longestRetryMs, slowRetryMs } = this.settings;
    const wait = Math.min(slow ? slowRetryMs : longestRetryMs, firstRetryMs * 2 ** Math.min(tries - 1, 20));
    return wait * (0.8 + Math.random() * 0.4);
  }
}

function outcomeOf(answer: ProviderAnswer): ProviderAnswer['kind'] | 'declined' {
  return answer.kind === 'record' && answer.record.status === 'DECLINED' ? 'declined' : answer.kind;
}
