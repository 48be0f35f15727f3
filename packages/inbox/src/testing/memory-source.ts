import type {
  BatchEnd,
  EventConsumer,
  FetchedBatch,
  LogRange,
  PartitionHandler,
  Position,
  TopicPartition,
} from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';

interface Log {
  low: bigint;
  high: bigint;
  readonly messages: RawMessage[];
}

/** No two messages of these logs have the same time. */
let clock = Date.UTC(2026, 0);

/** A broker in memory: a log a partition, and a reader that does one step at a time. */
export class MemorySource implements EventConsumer {
  readonly #logs = new Map<string, Log & TopicPartition>();
  readonly #positions = new Map<string, bigint>();
  #handler: PartitionHandler | undefined;

  readonly problem = null;

  start(_topics: readonly string[], handler: PartitionHandler): Promise<void> {
    this.#handler = handler;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  logRanges(): Promise<readonly (TopicPartition & LogRange)[]> {
    return Promise.resolve(
      [...this.#logs.values()].map(({ topic, partition, low, high }) => ({ topic, partition, low, high })),
    );
  }

  messagesAt(positions: readonly Position[]): Promise<readonly (RawMessage | null)[]> {
    return Promise.resolve(
      positions.map(
        (position) =>
          this.#log(position.topic, position.partition).messages.find(({ offset }) => offset === position.offset) ??
          null,
      ),
    );
  }

  /** Appends messages; `offset` may leave a gap behind the last. */
  append(
    topic: string,
    partition: number,
    messages: readonly Pick<RawMessage, 'key' | 'value'>[],
    offset?: bigint,
  ): void {
    const log = this.#log(topic, partition);
    let next = offset ?? log.high;
    for (const { key, value } of messages) {
      log.messages.push({
        topic,
        partition,
        offset: next,
        timeMs: (clock += 1),
        key,
        value,
        headers: [['ce_type', Buffer.from('t')]],
      });
      next += 1n;
    }
    log.high = next;
  }

  /** Forgets what is before `low`, as retention does. */
  truncate(topic: string, partition: number, low: bigint): void {
    const log = this.#log(topic, partition);
    log.low = low;
    while (log.messages[0] !== undefined && log.messages[0].offset < low) log.messages.shift();
  }

  /** The batch [from, next) as a broker would answer it. */
  batch(topic: string, partition: number, from: bigint, next?: bigint): FetchedBatch & { readonly done: bigint[] } {
    const log = this.#log(topic, partition);
    const end = next ?? log.high;
    const done: bigint[] = [];
    return {
      topic,
      partition,
      from,
      next: end,
      messages: log.messages.filter(({ offset }) => offset >= from && offset < end),
      highWatermark: log.high,
      isCurrent: () => true,
      committed: (offset) => done.push(offset),
      done,
    };
  }

  handle(batch: FetchedBatch): Promise<BatchEnd> {
    if (this.#handler === undefined) throw new Error('not started');
    return this.#handler.handle(batch);
  }

  /** A new assignment: positions are asked for again before anything is read. */
  reassign(): void {
    this.#positions.clear();
  }

  /** Reads a partition to its end. Gives up after `steps`. @returns how the steps ended */
  async drain(topic: string, partition: number, steps = 50): Promise<BatchEnd['kind'][]> {
    if (this.#handler === undefined) throw new Error('not started');
    const name = `${topic} ${partition}`;
    const ends: BatchEnd['kind'][] = [];
    for (let step = 0; step < steps; step += 1) {
      let from = this.#positions.get(name);
      if (from === undefined) {
        const [position] = await this.#handler.positions([{ topic, partition }]);
        from = position?.offset ?? 0n;
        this.#positions.set(name, from);
      }
      if (from >= this.#log(topic, partition).high) return ends;
      const batch = this.batch(topic, partition, from);
      const end = await this.handle(batch);
      ends.push(end.kind);
      const reached = batch.done.at(-1);
      if (reached !== undefined) this.#positions.set(name, reached);
      if (end.kind === 'reposition') this.#positions.delete(name);
    }
    throw new Error(`not at the end after ${steps} steps: ${ends.join(' ')}`);
  }

  #log(topic: string, partition: number): Log {
    const name = `${topic} ${partition}`;
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = { topic, partition, low: 0n, high: 0n, messages: [] };
      this.#logs.set(name, log);
    }
    return log;
  }
}
