import { atMost, backoffMs, pause } from '@outrider/common';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { FetchedBatch, PartitionHandler, TopicPartition } from '../event-consumer.js';
import type { GroupMember, MemberOptions, MemberSigns } from './consumer-client.js';
import { KeepAlive } from './keep-alive.js';
import { LazyCommits } from './lazy-commits.js';
import { PositionCheck } from './position-check.js';
import { fetchedFrom, rawMessage } from './read-batch.js';
import { SkippedStretches } from './skipped-stretches.js';
import { StallWatch } from './stall-watch.js';
import { Waits } from './waits.js';

/** Wait before a partition is read again after trouble that names no wait of its own. */
const TROUBLE_WAIT_MS = 1_000;
const LAST_COMMIT_MS = 1_000;
const LEAVE_MS = 10_000;

/** GroupMember on a kafkajs consumer, whose own restart gives up on some errors and is switched off. */
export class KafkajsMember implements GroupMember {
  readonly ended: Promise<unknown>;
  #end: (error: unknown) => void = () => undefined;
  readonly #consumer: Consumer;
  readonly #commits: LazyCommits;
  readonly #stretches = new SkippedStretches();
  readonly #positionCheck: PositionCheck;
  readonly #inHand = new Set<Promise<void>>();
  readonly #waits = new Waits();
  readonly #watch: StallWatch;
  readonly #gone = new AbortController();
  #joining: Promise<void> = Promise.resolve();
  #generation = 0;
  /** A heartbeat failed: the partitions are being given up, whichever batch noticed. */
  #interrupted = false;
  #moves = new Map<string, number>();

  constructor(
    kafka: Kafka,
    private readonly options: MemberOptions,
    private readonly handler: PartitionHandler,
    private readonly signs: MemberSigns,
  ) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      // a fetch returns as soon as there is one byte; this bounds what a seek, a resume or a stop waits for it
      maxWaitTimeInMs: options.maxWaitMs,
      minBytes: 1,
      metadataMaxAge: options.metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#commits = new LazyCommits(
      (positions) =>
        this.#consumer.commitOffsets(
          positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
        ),
      options.commitEveryMs,
      options.log,
    );
    this.#watch = new StallWatch(
      options.stallMs,
      () => this.#inHand.size > 0,
      (error) => this.#end(error),
    );
    this.#positionCheck = new PositionCheck(
      handler,
      options.positionCheckMs,
      options.log,
      (at) => void this.#readAgain(at),
    );
    this.#listen();
  }

  async join(topics: readonly string[]): Promise<void> {
    const { topicPrefix, partitionsConsumedConcurrently } = this.options;
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: topics.map((topic) => topicPrefix + topic), fromBeginning: true });
      if (this.#gone.signal.aborted) return;
      this.#joining = this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently,
        eachBatch: (payload) => this.#eachBatch(payload),
      });
      await this.#joining;
    } finally {
      // kafkajs cannot be stopped while it connects or joins: it would come up after its own end
      if (this.#gone.signal.aborted) await this.#consumer.disconnect();
    }
  }

  async leave(): Promise<void> {
    this.#gone.abort();
    this.#waits.clear();
    this.#watch.close();
    this.#positionCheck.close();
    await Promise.allSettled(this.#inHand);
    await atMost(LAST_COMMIT_MS, this.#commits.flush());
    this.#commits.close();
    // A member that goes away while it joins is waited for by the group until its session ends: better to join first.
    // What takes longer disconnects by itself, in `join`.
    let up = false;
    const joined = (): void => void (up = true);
    await atMost(LEAVE_MS, this.#joining.then(joined, joined));
    if (!up) return;
    const disconnected = this.#consumer.disconnect().catch((error: unknown) => {
      this.options.log.debug({ err: error }, 'the consumer did not leave its group in order');
    });
    await atMost(LEAVE_MS, disconnected);
  }

  #listen(): void {
    const { CRASH, GROUP_JOIN, FETCH_START, FETCH, HEARTBEAT, CONNECT, END_BATCH_PROCESS, REBALANCING } =
      this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload }) => this.#end(payload.error));
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#assigned(payload.memberAssignment));
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0)
        this.#stretches.walked(payload.topic, payload.partition, BigInt(payload.lastOffset) + 1n);
    });
    // kafkajs reports a fetch that failed as a fetch without messages: that is no sign of the broker
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.options;
    for (const sign of [GROUP_JOIN, HEARTBEAT]) this.#consumer.on(sign, () => this.signs.alive(sessionTimeoutMs));
    // the answer to the next join comes when the slowest member has joined
    this.#consumer.on(REBALANCING, () => this.signs.alive(rebalanceTimeoutMs + sessionTimeoutMs));
    // kafkajs reads again: the trouble is over, with or without a new assignment
    this.#consumer.on(FETCH_START, () => (this.#interrupted = false));
    for (const sign of [FETCH, HEARTBEAT, CONNECT, END_BATCH_PROCESS, REBALANCING, GROUP_JOIN]) {
      this.#consumer.on(sign, () => this.#watch.sign());
    }
  }

  /** A new assignment: nothing is read before it is known from where. */
  #assigned(memberAssignment: Readonly<Record<string, number[]>>): void {
    this.signs.joined();
    this.#generation += 1;
    this.#interrupted = false;
    this.#waits.clear();
    this.#stretches.forget();
    this.#positionCheck.forget();
    this.#moves.clear();
    this.#commits.clear();
    const partitions = Object.entries(memberAssignment).flatMap(([name, numbers]) =>
      numbers.map((partition) => ({ topic: name.slice(this.options.topicPrefix.length), partition })),
    );
    this.handler.assigned?.(partitions);
    if (this.#gone.signal.aborted || partitions.length === 0) return;
    this.#consumer.pause(this.#named(partitions));
    void this.#seek(partitions, this.#generation);
  }

  async #seek(partitions: readonly TopicPartition[], generation: number): Promise<void> {
    const mine = (): boolean => generation === this.#generation && !this.#gone.signal.aborted;
    for (let tries = 1; mine(); tries += 1) {
      try {
        const positions = await this.handler.positions(partitions);
        if (!mine()) return;
        for (const { topic, partition, offset } of positions) {
          this.#consumer.seek({ topic: this.options.topicPrefix + topic, partition, offset: String(offset) });
          this.#positionCheck.reached({ topic, partition, offset });
        }
        this.#consumer.resume(this.#named(partitions));
        return;
      } catch (error) {
        this.options.log.warn({ err: error, tries }, 'the stored positions cannot be had now');
        await pause(backoffMs(tries, 100, 5_000), this.#gone.signal);
      }
    }
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    if (this.#gone.signal.aborted) return;
    const generation = this.#generation;
    const keepAlive = new KeepAlive(
      () => payload.heartbeat(),
      this.options.heartbeatMs / 2,
      () => {
        if (generation === this.#generation) this.#interrupted = true;
      },
    );
    const work = this.#handle(payload, keepAlive).finally(() => keepAlive.stop());
    this.#inHand.add(work);
    try {
      await work;
    } finally {
      this.#inHand.delete(work);
    }
    // "rebalancing", "unknown member": kafkajs joins again on this error
    if (keepAlive.failure !== undefined) throw keepAlive.failure.error;
  }

  async #handle(payload: EachBatchPayload, keepAlive: KeepAlive): Promise<void> {
    const { batch } = payload;
    const topic = batch.topic.slice(this.options.topicPrefix.length);
    const { partition } = batch;
    const generation = this.#generation;
    try {
      const next = BigInt(batch.lastOffset()) + 1n;
      const isCurrent = (): boolean =>
        !this.#gone.signal.aborted &&
        keepAlive.failure === undefined &&
        !this.#interrupted &&
        generation === this.#generation &&
        payload.isRunning() &&
        !payload.isStale();
      const fetched: FetchedBatch = {
        topic,
        partition,
        from: this.#stretches.from(batch.topic, partition, fetchedFrom(batch)),
        next,
        messages: batch.messages.map((message) => rawMessage(topic, partition, message)),
        highWatermark: BigInt(batch.highWatermark),
        isCurrent,
        committed: (offset) => {
          this.#moves.delete(`${topic} ${partition}`);
          if (generation !== this.#generation) return;
          payload.resolveOffset(String(offset - 1n));
          this.#commits.note(batch.topic, partition, offset);
          this.#stretches.at(batch.topic, partition, offset);
          this.#positionCheck.reached({ topic, partition, offset });
        },
      };
      const end = await this.handler.handle(fetched);
      if (!isCurrent()) return;
      if (end.kind === 'wait') this.#wait(payload, end.ms);
      if (end.kind === 'reposition') await this.#move(payload, { topic, partition }, isCurrent);
    } catch (error) {
      // not a message's doing, and throwing here would have kafkajs count to five and crash
      this.options.log.error({ err: error, topic, partition }, 'a batch could not be handled; it comes again');
      // the pause of an old assignment would end in the middle of the new one's
      if (generation === this.#generation) this.#wait(payload, TROUBLE_WAIT_MS);
    }
  }

  /** The batch was not read from the stored position: read from there. Asked again and again, it takes its time. */
  async #move(payload: EachBatchPayload, at: TopicPartition, isCurrent: () => boolean): Promise<void> {
    const name = `${at.topic} ${at.partition}`;
    const moves = (this.#moves.get(name) ?? 0) + 1;
    this.#moves.set(name, moves);
    const [position] = await this.handler.positions([at]);
    if (!isCurrent()) return;
    if (position !== undefined) {
      const { topic, partition } = payload.batch;
      this.#consumer.seek({ topic, partition, offset: String(position.offset) });
      this.#stretches.at(topic, partition, position.offset);
      this.#positionCheck.reached(position);
    }
    if (position === undefined || moves > 2) this.#wait(payload, backoffMs(moves, 100, 5_000));
  }

  /** The database was restored to an older state, or the log is another: the partitions are read from the stored positions. */
  async #readAgain(partitions: readonly TopicPartition[]): Promise<void> {
    this.options.log.warn({ partitions }, 'the stored positions lie behind what was read: it is read again');
    await this.#seek(partitions, this.#generation);
  }

  /** Reads nothing of the partition for a while; its neighbours go on, and so do the heartbeats. */
  #wait(payload: EachBatchPayload, ms: number): void {
    if (this.#gone.signal.aborted) return;
    this.#waits.add(ms, payload.pause());
  }

  #named(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    return [...byTopic].map(([topic, list]) => ({
      topic: this.options.topicPrefix + topic,
      partitions: list.map(({ partition }) => partition),
    }));
  }
}
