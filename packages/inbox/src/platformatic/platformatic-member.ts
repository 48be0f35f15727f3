import { atMost, backoffMs, pause } from '@outrider/common';
import { Consumer, type ConnectionPool, type GroupAssignment } from '@platformatic/kafka';
import type { FetchedBatch, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { GroupMember, MemberOptions, MemberSigns } from '../kafka/consumer-client.js';
import { LazyCommits } from '../kafka/lazy-commits.js';
import { PositionCheck } from '../kafka/position-check.js';
import { StallWatch } from '../kafka/stall-watch.js';
import { fetchedRecords } from './fetched-records.js';
import { closeClient, LogReader, type FetchAnswer, type PlatformaticConfig } from './log-reader.js';
import { Slots } from './slots.js';
import { Waits } from '../kafka/waits.js';

export interface PlatformaticMemberOptions extends MemberOptions {
  readonly config: PlatformaticConfig;
  readonly onPool?: ((pool: ConnectionPool) => void) | undefined;
}

/** A partition that this member holds. */
interface Held extends TopicPartition {
  /** the topic's name in Kafka */
  readonly name: string;
  /** everything readable before this was handled */
  from: bigint;
  /** read on from here; behind `from` where the log has nothing to read in between */
  reach: bigint;
  /** false while its position is not known, and while it waits */
  ready: boolean;
  /** how often in a row a batch did not fit the stored position */
  moves: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const JOIN_RETRIES = 5;
const RETRY_DELAY_MS = 200;
/** Wait before a partition is read again after trouble that names no wait of its own. */
const TROUBLE_WAIT_MS = 1_000;
/** How often a broker's loop looks whether any of its partitions can be read again. */
const IDLE_MS = 25;
const LAST_COMMIT_MS = 1_000;
const LEAVE_MS = 10_000;

/** The log of a partition is another one than before, or gone. */
const OTHER_LOG = new Set(['UNKNOWN_TOPIC_ID', 'INCONSISTENT_TOPIC_ID', 'UNKNOWN_TOPIC_OR_PARTITION']);

/**
 * GroupMember on @platformatic/kafka. The client's consumer joins and sends heartbeats; partitions are fetched here, one
 * loop for each broker, since the client's stream takes its positions from the group and shows messages one by one, not
 * how far the log was read. When the group rebalances the client joins again at once, also during a batch: that
 * batch's transaction holds its position against the partition's next owner.
 */
export class PlatformaticMember implements GroupMember {
  readonly ended: Promise<unknown>;
  #end: (error: unknown) => void = () => undefined;
  readonly #consumer: Consumer;
  readonly #reader: LogReader;
  readonly #slots: Slots;
  readonly #commits: LazyCommits;
  readonly #positionCheck: PositionCheck;
  readonly #watch: StallWatch;
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #waits = new Waits();
  readonly #gone = new AbortController();
  #topics: readonly string[] = [];
  #joining: Promise<void> = Promise.resolve();
  #joined: () => void = () => undefined;
  #generation = 0;
  #rebalancing = false;
  #held = new Map<string, Held>();
  #loops = new Map<number, Promise<void>>();
  #partitionCounts = '';

  constructor(
    private readonly options: PlatformaticMemberOptions,
    private readonly handler: PartitionHandler,
    private readonly signs: MemberSigns,
  ) {
    const { config, onPool, log, metadataMaxAgeMs } = options;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#consumer = new Consumer({
      ...config,
      groupId: options.groupId,
      // as kafkajs names its own, so that members on both clients are one group while processes are replaced
      protocols: [{ name: 'RoundRobinAssigner', version: 0 }],
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatMs,
      // not below the session's, says the client
      rebalanceTimeout: Math.max(options.rebalanceTimeoutMs, options.sessionTimeoutMs),
      connectTimeout: CONNECT_TIMEOUT_MS,
      // the answer to a join comes when the slowest member has joined
      requestTimeout: options.rebalanceTimeoutMs + options.sessionTimeoutMs,
      metadataMaxAge: metadataMaxAgeMs,
      retries: JOIN_RETRIES,
      retryDelay: RETRY_DELAY_MS,
    });
    onPool?.(this.#consumer.connections);
    this.#reader = new LogReader(config, { metadataMaxAgeMs, onPool });
    this.#slots = new Slots(options.partitionsConsumedConcurrently);
    this.#commits = new LazyCommits((positions) => this.#commit(positions), options.commitEveryMs, log);
    this.#positionCheck = new PositionCheck(handler, options.positionCheckMs, log, (at) => this.#readAgain(at));
    this.#watch = new StallWatch(
      options.stallMs,
      () => this.#inHand.size > 0,
      (error) => this.#end(error),
    );
    this.#listen();
  }

  async join(topics: readonly string[]): Promise<void> {
    this.#topics = topics.map((topic) => this.options.topicPrefix + topic);
    this.#consumer.topics.trackAll(...this.#topics);
    this.#begins();
    try {
      await this.#consumer.joinGroup();
    } finally {
      this.#joined();
    }
  }

  async leave(): Promise<void> {
    this.#gone.abort();
    this.#waits.clear();
    this.#watch.close();
    this.#positionCheck.close();
    await Promise.allSettled(this.#inHand.values());
    await atMost(LAST_COMMIT_MS, this.#commits.flush());
    this.#commits.close();
    // a member that goes away while it joins is waited for by the group until its session ends
    await atMost(LEAVE_MS, this.#joining);
    await atMost(LEAVE_MS, this.#leaveGroup());
    await closeClient(this.#consumer);
    await this.#reader.close();
    await Promise.allSettled(this.#loops.values());
  }

  #leaveGroup(): Promise<void> {
    return new Promise((resolve) => {
      this.#consumer.leaveGroup(true, (error) => {
        if (error) this.options.log.debug({ err: error }, 'the consumer did not leave its group in order');
        resolve();
      });
    });
  }

  #listen(): void {
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.options;
    this.#consumer.on('error', (error) => {
      this.#joined();
      this.#end(error);
    });
    this.#consumer.on('consumer:group:join', ({ assignments = [] }) => {
      this.#joined();
      this.#watch.sign();
      this.signs.alive(sessionTimeoutMs);
      this.#assigned(assignments);
    });
    this.#consumer.on('consumer:heartbeat:end', () => {
      this.#watch.sign();
      this.signs.alive(sessionTimeoutMs);
    });
    this.#consumer.on('consumer:heartbeat:error', ({ error }) => {
      this.options.log.debug({ err: error }, 'a heartbeat failed');
    });
    this.#consumer.on('consumer:group:rebalance', () => {
      this.#rebalancing = true;
      this.#begins();
      this.signs.alive(rebalanceTimeoutMs + sessionTimeoutMs);
    });
  }

  /** A join has begun. */
  #begins(): void {
    this.#joined();
    this.#joining = new Promise((resolve) => (this.#joined = resolve));
  }

  /** A new assignment: nothing is read before it is known from where. */
  #assigned(assignments: readonly GroupAssignment[]): void {
    this.signs.joined();
    this.#generation += 1;
    this.#rebalancing = false;
    this.#waits.clear();
    this.#positionCheck.forget();
    this.#commits.clear();
    const held = assignments.flatMap(({ topic: name, partitions }) =>
      partitions.map((partition): Held => {
        const topic = name.slice(this.options.topicPrefix.length);
        return { topic, name, partition, from: 0n, reach: 0n, ready: false, moves: 0 };
      }),
    );
    this.#held = new Map(held.map((one) => [nameOf(one), one]));
    this.#loops = new Map();
    this.#partitionCounts = '';
    this.handler.assigned?.(held.map(({ topic, partition }) => ({ topic, partition })));
    if (this.#gone.signal.aborted || held.length === 0) return;
    void this.#seek(held, this.#generation);
    this.#loop(undefined, this.#generation);
  }

  #isMine(generation: number): boolean {
    return generation === this.#generation && !this.#gone.signal.aborted;
  }

  async #seek(partitions: readonly Held[], generation: number): Promise<void> {
    for (let tries = 1; this.#isMine(generation); tries += 1) {
      try {
        const positions = await this.handler.positions(
          partitions.map(({ topic, partition }) => ({ topic, partition })),
        );
        if (!this.#isMine(generation)) return;
        for (const position of positions) this.#readFrom(position);
        for (const one of partitions) one.ready = true;
        return;
      } catch (error) {
        this.options.log.warn({ err: error, tries }, 'the stored positions cannot be had now');
        await pause(backoffMs(tries, 100, 5_000), this.#gone.signal);
      }
    }
  }

  #readFrom(position: Position): void {
    const held = this.#held.get(nameOf(position));
    if (held === undefined) return;
    held.from = position.offset;
    held.reach = position.offset;
    this.#positionCheck.reached(position);
  }

  /** The database was restored to an older state, or the log is another: the partitions are read from the stored positions. */
  #readAgain(partitions: readonly TopicPartition[]): void {
    this.options.log.warn({ partitions }, 'the stored positions lie behind what was read: it is read again');
    void this.#seek(this.#heldOf(partitions), this.#generation);
  }

  #heldOf(partitions: readonly TopicPartition[]): Held[] {
    return partitions.flatMap((one) => this.#held.get(nameOf(one)) ?? []);
  }

  /** @param node whose partitions are read; undefined: only finds out which brokers there are */
  #loop(node: number | undefined, generation: number): void {
    const key = node ?? -1;
    if (this.#loops.has(key)) return;
    this.#loops.set(key, this.#readOn(node, generation));
  }

  async #readOn(node: number | undefined, generation: number): Promise<void> {
    for (let failures = 0; this.#isMine(generation);) {
      try {
        const leaders = await this.#reader.leaders(this.#topics);
        if (!this.#isMine(generation)) return;
        for (const leader of new Set([...leaders.values()].flat())) if (leader >= 0) this.#loop(leader, generation);
        if (node === undefined) {
          this.#lookForPartitions(leaders);
          await pause(this.options.metadataMaxAgeMs, this.#gone.signal);
          continue;
        }
        const ready = this.#ready(leaders, node);
        if (ready.length === 0) {
          await pause(IDLE_MS, this.#gone.signal);
          continue;
        }
        const { maxWaitMs } = this.options;
        const asked = new Map(ready.map((held) => [held, held.reach]));
        const answers = await this.#reader.fetch(node, ready.map(positionOf), { maxWaitMs });
        failures = 0;
        await Promise.all(answers.map((answer) => this.#take(answer, asked, generation)));
      } catch (error) {
        if (!this.#isMine(generation)) return;
        failures += 1;
        this.options.log.debug({ err: error, node, failures }, 'a fetch failed');
        this.#reader.forgetLeaders();
        await pause(backoffMs(failures, 100, 2_000), this.#gone.signal);
      }
    }
  }

  #ready(leaders: ReadonlyMap<string, readonly number[]>, node: number): Held[] {
    if (this.#rebalancing) return [];
    return [...this.#held.values()].filter(
      (held) => held.ready && !this.#inHand.has(nameOf(held)) && leaders.get(held.name)?.[held.partition] === node,
    );
  }

  /** Partitions that were added since the group's partitions were shared out are shared out by a new join. */
  #lookForPartitions(leaders: ReadonlyMap<string, readonly number[]>): void {
    const counts = [...leaders].map(([topic, { length }]) => `${topic} ${length}`).join();
    const before = this.#partitionCounts;
    this.#partitionCounts = counts;
    if (before === '' || before === counts) return;
    this.#consumer.clearMetadata();
    this.#begins();
    this.#consumer.joinGroup().catch((error: unknown) => this.#end(error));
  }

  /** @param asked from where each partition was fetched */
  async #take(
    { topic: name, partition, fetched, error }: FetchAnswer,
    asked: ReadonlyMap<Held, bigint>,
    generation: number,
  ): Promise<void> {
    const held = this.#held.get(`${name.slice(this.options.topicPrefix.length)} ${partition}`);
    if (held === undefined || !held.ready || this.#inHand.has(nameOf(held)) || !this.#isMine(generation)) return;
    // it was set back meanwhile: what came is from further on, and does not show what lies before it
    if (asked.get(held) !== held.reach) return;
    if (error !== undefined) return this.#refused(held, error, generation);
    const { messages, next } = fetchedRecords(held.topic, held.reach, fetched);
    if (messages.length === 0) {
      held.reach = next;
      return;
    }
    // now: it may be set back while the batch waits for its turn
    const { from } = held;
    const work = this.#slots.run(() =>
      this.#handle(held, { from, next, messages, highWatermark: fetched.highWatermark }, generation),
    );
    this.#inHand.set(nameOf(held), work);
    try {
      await work;
    } finally {
      this.#inHand.delete(nameOf(held));
    }
  }

  async #refused(held: Held, error: string, generation: number): Promise<void> {
    this.options.log.debug({ topic: held.topic, partition: held.partition, error }, 'a partition was not fetched');
    if (error === 'OFFSET_OUT_OF_RANGE') {
      const ranges = await this.#reader.ranges([held.name]);
      const low = ranges.find(({ partition }) => partition === held.partition)?.low;
      if (low === undefined || !this.#isMine(generation)) return;
      held.from = low;
      held.reach = low;
      return;
    }
    this.#reader.forgetLeaders();
    this.#wait(held, TROUBLE_WAIT_MS, OTHER_LOG.has(error) ? () => void this.#seek([held], generation) : undefined);
  }

  async #handle(
    held: Held,
    fetched: Pick<FetchedBatch, 'from' | 'next' | 'messages' | 'highWatermark'>,
    generation: number,
  ): Promise<void> {
    const { topic, partition } = held;
    const isCurrent = (): boolean => this.#isMine(generation) && !this.#rebalancing;
    if (!isCurrent()) return;
    try {
      const end = await this.handler.handle({
        topic,
        partition,
        ...fetched,
        isCurrent,
        committed: (offset) => {
          held.moves = 0;
          held.from = offset;
          held.reach = offset;
          if (generation !== this.#generation) return;
          this.#commits.note(held.name, partition, offset);
          this.#positionCheck.reached({ topic, partition, offset });
        },
      });
      if (!isCurrent()) return;
      if (end.kind === 'wait') this.#wait(held, end.ms);
      if (end.kind === 'reposition') await this.#move(held, isCurrent);
    } catch (error) {
      // not a message's doing
      this.options.log.error({ err: error, topic, partition }, 'a batch could not be handled; it comes again');
      if (generation === this.#generation) this.#wait(held, TROUBLE_WAIT_MS);
    }
  }

  /** The batch was not read from the stored position: read from there. Asked again and again, it takes its time. */
  async #move(held: Held, isCurrent: () => boolean): Promise<void> {
    held.moves += 1;
    const { topic, partition, moves } = held;
    const [position] = await this.handler.positions([{ topic, partition }]);
    if (!isCurrent()) return;
    if (position !== undefined) this.#readFrom(position);
    if (position === undefined || moves > 2) this.#wait(held, backoffMs(moves, 100, 5_000));
  }

  /** Reads nothing of the partition for a while; its neighbours go on, and so do the heartbeats. */
  #wait(held: Held, ms: number, then: () => void = () => (held.ready = true)): void {
    if (this.#gone.signal.aborted) return;
    held.ready = false;
    this.#waits.add(ms, then);
  }

  async #commit(positions: readonly Position[]): Promise<void> {
    // the client would answer a refusal by joining again
    if (this.#rebalancing) return;
    await this.#consumer.commit({ offsets: positions.map((position) => ({ ...position, leaderEpoch: -1 })) });
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}

function positionOf({ name, partition, reach }: Held): Position {
  return { topic: name, partition, offset: reach };
}
