import type { Admin, Kafka } from 'kafkajs';
import { partitionOf } from '../partition-of.js';

/** The partitions of a topic, under names that are made once. */
export class TopicPlaces {
  readonly #names: readonly string[];
  readonly #partitions: ReadonlyMap<string, number>;

  constructor(topic: string, partitions: number) {
    this.#names = Array.from({ length: partitions }, (_, partition) => `${topic}/${partition}`);
    this.#partitions = new Map(this.#names.map((name, partition) => [name, partition]));
  }

  placeOf(key: string): string | undefined {
    return this.#names[partitionOf(key, this.#names.length)];
  }

  /** @param place what placeOf said, if it was asked: a key's partition is computed once on its way */
  partitionOf(key: string, place: string | undefined): number {
    return (place === undefined ? undefined : this.#partitions.get(place)) ?? partitionOf(key, this.#names.length);
  }
}

/** Which places topics have: as many as was decided, else as the broker has when it is asked first. */
export class PlacesOfTopics {
  readonly #known = new Map<string, TopicPlaces>();
  readonly #asked = new Map<string, Promise<TopicPlaces>>();

  /** @param decided how many partitions a topic's keys are spread over, by the name that Kafka knows it by */
  constructor(
    private readonly kafka: Kafka,
    private readonly decided: (topic: string) => number | undefined = () => undefined,
  ) {}

  /** What is known by now. */
  known(topic: string): TopicPlaces | undefined {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const count = this.decided(topic);
    if (count === undefined) return undefined;
    const places = new TopicPlaces(topic, count);
    this.#known.set(topic, places);
    return places;
  }

  /** Rejects with kafkajs's error when the broker does not know the topic, or is not there. */
  of(topic: string): Promise<TopicPlaces> | TopicPlaces {
    const known = this.known(topic);
    if (known !== undefined) return known;
    let asked = this.#asked.get(topic);
    if (asked === undefined) {
      asked = this.#ask(topic).finally(() => this.#asked.delete(topic));
      this.#asked.set(topic, asked);
    }
    return asked;
  }

  /** To be asked again: what was known has turned out wrong. */
  forget(): void {
    this.#known.clear();
  }

  async #ask(topic: string): Promise<TopicPlaces> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics[0]?.partitions.length ?? 0;
      const places = new TopicPlaces(topic, count);
      if (count > 0) this.#known.set(topic, places);
      return places;
    } finally {
      await leave(admin);
    }
  }
}

/** A connection that does not close well is closed all the same. */
async function leave(admin: Admin): Promise<void> {
  try {
    await admin.disconnect();
  } catch {
    // nothing depends on it
  }
}
