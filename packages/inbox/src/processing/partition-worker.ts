import type { BatchEnd, FetchedBatch } from '../event-consumer.js';
import type { Subscription } from '../subscription.js';
import type { InboxContext } from './context.js';
import { slicesOf } from './slice.js';
import type { TransactionBatcher } from './transaction-batcher.js';

/**
 * Takes the fetched batches of one partition, one at a time. The way of a batch: cut into slices here, joined with slices
 * of other partitions in `transaction-batcher`, or handled on its own in `handle-slice`; either way each transaction is
 * one call of `handleInTransaction`.
 */
export class PartitionWorker<Tx> {
  /** Transient failures since the last success. */
  readonly #failures = { count: 0 };

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscription: Subscription<unknown, Tx>,
    private readonly batcher: TransactionBatcher<Tx>,
  ) {}

  /** Handles a batch slice by slice. Never rejects for what a message or the database does. */
  async handle(batch: FetchedBatch): Promise<BatchEnd> {
    const { observer, settings } = this.context;
    const { topic, partition } = batch;
    const decode = this.subscription.decode.bind(this.subscription);
    for (const slice of slicesOf(batch, decode, settings.maxBatch)) {
      if (!batch.isCurrent()) return { kind: 'done' };
      const isCurrent = (): boolean => batch.isCurrent();
      const end = await this.batcher.handle({ slice, isCurrent, failures: this.#failures });
      if (end !== 'committed') {
        if (end.kind === 'reposition') observer.repositioned?.({ topic, partition });
        // nothing is read during the wait while the lag grows: metrics must show that
        if (end.kind === 'wait') this.#reportLag(batch, slice.from);
        return end;
      }
      batch.committed(slice.next);
      this.#reportLag(batch, slice.next);
    }
    return { kind: 'done' };
  }

  #reportLag({ topic, partition, highWatermark }: FetchedBatch, position: bigint): void {
    const behind = highWatermark - position;
    this.context.observer.lag?.(topic, partition, Number(behind > 0n ? behind : 0n));
  }
}
