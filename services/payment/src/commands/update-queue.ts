import { backoffMs, pause } from '@outrider/common';
import { isTransient } from '@outrider/inbox';
import type { Logger } from '@outrider/service-kit/logging';
import { orderOf, type ProviderUpdate, type UpdateResult } from '../domain/provider-update.js';

const LARGEST_BATCH = 250;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

interface Waiting {
  readonly update: ProviderUpdate;
  readonly resolve: (result: UpdateResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Applies updates in batches, one transaction each: updates that come while a batch is written make up the next. So
 * under load a transaction holds many payments, and an update that comes to an idle queue waits for nothing. A batch
 * holds one update of an order; a second one goes into a later batch, and so meets what the first one changed.
 *
 * Nothing is lost by giving up. An answer that was not written is asked for again, under the same key, when its lease
 * has expired; an event that was not applied is sent again by the provider, whose request failed.
 */
export class UpdateQueue {
  #waiting: Waiting[] = [];
  #draining = false;
  #closing = false;

  /** @param apply in one transaction, one result for each; rejects when nothing was written */
  constructor(
    private readonly apply: (updates: readonly ProviderUpdate[]) => Promise<readonly UpdateResult[]>,
    private readonly log: Logger,
  ) {}

  /** Resolves when the update has been committed. Rejects when it was given up. */
  add(update: ProviderUpdate): Promise<UpdateResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ update, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  /** From now on a batch that cannot be written is given up at once. */
  close(): void {
    this.#closing = true;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // what comes within this turn of the event loop joins the batch
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#applyBatch(this.#nextBatch());
    this.#draining = false;
  }

  #nextBatch(): readonly Waiting[] {
    const batch = new Map<string, Waiting>();
    const rest: Waiting[] = [];
    for (const one of this.#waiting) {
      const orderId = orderOf(one.update);
      if (batch.size < LARGEST_BATCH && !batch.has(orderId)) batch.set(orderId, one);
      else rest.push(one);
    }
    this.#waiting = rest;
    return [...batch.values()];
  }

  async #applyBatch(given: readonly Waiting[]): Promise<void> {
    let batch = given;
    for (let tries = 1; batch.length > 0; tries += 1) {
      try {
        const results = await this.apply(batch.map(({ update }) => update));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] ?? 'nothing-new');
        return;
      } catch (error) {
        if (!isTransient(error) && batch.length > 1) break;
        const again = isTransient(error) && !this.#closing;
        // only this process has the answer; an event is sent again by the provider, which waits for us now
        const keep = batch.filter(({ update }) => again && update.kind === 'answer');
        for (const one of batch) if (!keep.includes(one)) one.reject(error);
        batch = keep;
        if (batch.length === 0) return;
        const waitMs = backoffMs(tries, FIRST_WAIT_MS, LONGEST_WAIT_MS);
        this.log.warn({ err: error, answers: batch.length, waitMs }, 'answers of the provider cannot be written yet');
        await pause(waitMs);
      }
    }
    // one of them fails the batch: each is applied by itself, so that only that one fails
    for (const one of batch) await this.#applyBatch([one]);
  }
}
