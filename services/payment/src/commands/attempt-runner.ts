import { newId } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { Attempt, Claims } from '../domain/attempt.js';
import type { ProviderAnswer, ProviderRecord } from '../domain/provider-answer.js';
import type { ProviderUpdate, UpdateResult } from '../domain/provider-update.js';
import { claimDueAttempts, unclaimAttempts } from '../persistence/statements/claim-due-attempts.js';
import { orderOfReference } from '../persistence/statements/lock-payments.js';
import type { RetryPolicy } from '../policies/retry-policy.js';
import type { PaymentProvider, ProviderEvent } from '../providers/payment-provider.js';
import { applyUpdates } from './apply-updates.js';
import { askProvider } from './ask-provider.js';
import { inProviderSpan } from './provider-span.js';
import { UpdateQueue } from './update-queue.js';

export interface RunnerSettings {
  readonly provider: PaymentProvider;
  readonly transactor: Transactor;
  readonly retry: RetryPolicy;
  /** requests to the provider at once */
  readonly concurrency: number;
  /** how long a request to the provider may take, in ms */
  readonly timeoutMs: number;
  readonly observer: RunnerObserver;
  readonly log: Logger;
}

/** Counts the outcomes of attempts and of provider events. */
export interface RunnerObserver {
  attempt(outcome: ProviderAnswer['kind'] | 'declined' | 'fenced'): void;
  event(result: UpdateResult): void;
}

/** A lease holds this many requests one after the other, so an attempt may wait behind others before it starts. */
const REQUESTS_IN_A_LEASE = 6;
/** How many claimed attempts may wait for each that runs: the last one still ends within the lease. */
const QUEUE_DEPTH = 3;

/**
 * Runs attempts: as many at once as the setting allows, each claimed under a lease before the provider is asked
 * (`askProvider`), and its answer applied in a transaction afterwards (`applyUpdates`). Attempts that do not fit stay in
 * the database, where any process claims them.
 */
export class AttemptRunner implements Claims {
  readonly owner = newId();
  readonly leaseMs: number;
  readonly #queue: Attempt[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #updates: UpdateQueue;
  readonly #timers = new Set<NodeJS.Timeout>();
  #claiming: Promise<boolean> | undefined;
  /** there was more than there was room for */
  #moreIsDue = false;
  #closing = false;

  constructor(private readonly settings: RunnerSettings) {
    this.leaseMs = settings.timeoutMs * REQUESTS_IN_A_LEASE;
    this.#updates = new UpdateQueue((updates) => this.#apply(updates), settings.log);
  }

  free(): number {
    if (this.#closing) return 0;
    return Math.max(0, this.settings.concurrency * (1 + QUEUE_DEPTH) - this.#running.size - this.#queue.length);
  }

  /** Queues attempts that this process has claimed. Returns at once. */
  add(attempts: readonly Attempt[]): void {
    this.#queue.push(...attempts);
    this.#start();
  }

  /** Claims due attempts after `inMs`, as soon as this process has room; else another process does when it next looks. */
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
   * Claims attempts whose lease has expired or whose wait is over, as far as there is room.
   * @returns whether more may be due and there is room for it
   */
  claimDue(): Promise<boolean> {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
    });
    return this.#claiming;
  }

  /** Applies a provider event. Resolves when that is committed; rejects when it was not. */
  async applyEvent({ eventId, orderId: named, shown }: ProviderEvent): Promise<UpdateResult> {
    const orderId = named ?? (await this.#orderOf(shown.reference));
    if (orderId !== undefined) return this.#updates.add({ kind: 'event', orderId, eventId, shown });
    this.settings.observer.event('nothing-new');
    return 'nothing-new';
  }

  /** Applies what the provider's ledger shows of a payment. Resolves when that is committed; rejects when it was not. */
  applyLedgerRecord(orderId: string, shown: ProviderRecord): Promise<UpdateResult> {
    return this.#updates.add({ kind: 'ledger', orderId, shown });
  }

  /** Starts no more attempts, gives up the claims of those not started, and applies the answers of those running. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#claiming?.catch(() => {});
    // while the database is away, answers are not waited for: the provider can be asked again
    this.#updates.close();
    await Promise.all(this.#running);
    const notStarted = this.#queue.splice(0).map(({ command }) => command);
    if (notStarted.length === 0) return;
    const { transactor, log } = this.settings;
    try {
      await transactor.run((tx) => unclaimAttempts(tx.sql, notStarted));
    } catch (error) {
      log.warn(
        { err: error, attempts: notStarted.length },
        'claims of attempts not given up: other processes can claim them when the lease has expired',
      );
    }
  }

  /** Refunds and disputes that were made at the provider by hand do not name the order. */
  async #orderOf(reference: string): Promise<string | undefined> {
    const { transactor, provider } = this.settings;
    return orderOfReference(transactor.read(), provider.name, reference);
  }

  #start(): void {
    const { concurrency, log } = this.settings;
    while (!this.#closing && this.#running.size < concurrency) {
      const attempt = this.#queue.shift();
      if (attempt === undefined) break;
      const run = this.#run(attempt)
        .catch((error: unknown) => {
          const { orderId } = attempt.payment;
          log.error({ err: error, orderId }, 'a payment attempt failed: it is tried again when its lease has expired');
        })
        .finally(() => {
          this.#running.delete(run);
          this.#start();
        });
      this.#running.add(run);
    }
    if (this.#moreIsDue && !this.#closing && this.#queue.length < concurrency) {
      this.#moreIsDue = false;
      this.claimDue().then(
        (more) => {
          if (more) this.wake();
        },
        // the background task claims them later
        (error: unknown) => log.warn({ err: error }, 'due payment attempts could not be claimed'),
      );
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { payment, command, operation, claimedAt } = attempt;
    const { provider, timeoutMs, log } = this.settings;
    // the lease could expire before the provider answers: another process claims it then
    if (performance.now() + timeoutMs > claimedAt + this.leaseMs) return;
    const answer = await inProviderSpan(provider.name, attempt, () => askProvider(provider, attempt, new Date()));
    if (answer.kind !== 'record') {
      const fields = { orderId: payment.orderId, commandId: command.commandId, operation: operation.kind, answer };
      log.warn(fields, 'the provider did not do what it was asked');
    }
    await this.#updates.add({ kind: 'answer', attempt, answer });
  }

  async #apply(updates: readonly ProviderUpdate[]): Promise<readonly UpdateResult[]> {
    const { provider, transactor, retry, observer } = this.settings;
    const { results, next, dueInMs } = await transactor.run((tx) =>
      applyUpdates(tx, updates, { provider: provider.name, claims: this, retry }),
    );
    for (const [index, update] of updates.entries()) {
      const result = results[index] ?? 'nothing-new';
      if (update.kind === 'event') observer.event(result);
      else if (update.kind === 'answer') {
        observer.attempt(attemptOutcome(update.answer));
        if (result === 'nothing-new') observer.attempt('fenced');
      }
    }
    this.add(next);
    for (const ms of dueInMs) this.wake(ms);
    return results;
  }

  async #claim(): Promise<boolean> {
    const limit = this.free();
    if (limit === 0) {
      // tried again when there is room
      this.#moreIsDue = true;
      return false;
    }
    const claimedAt = performance.now();
    const claimed = await this.settings.transactor.run((tx) =>
      claimDueAttempts(tx.sql, this.owner, this.leaseMs, limit),
    );
    this.add(
      claimed.flatMap(({ payment, command }) =>
        command.operation === null ? [] : [{ payment, command, operation: command.operation, claimedAt }],
      ),
    );
    return claimed.length === limit;
  }
}

function attemptOutcome(answer: ProviderAnswer): ProviderAnswer['kind'] | 'declined' {
  return answer.kind === 'record' && answer.record.status === 'DECLINED' ? 'declined' : answer.kind;
}
