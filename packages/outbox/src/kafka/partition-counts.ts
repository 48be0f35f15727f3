import type { Admin, Kafka } from 'kafkajs';

/** How many partitions topics have; asked once, since partitions are never added to a live topic. */
export class PartitionCounts {
  readonly #counts = new Map<string, number>();
  readonly #asked = new Map<string, Promise<number>>();

  constructor(private readonly kafka: Kafka) {}

  /** What is known by now. */
  known(topic: string): number | undefined {
    return this.#counts.get(topic);
  }

  /** Rejects with kafkajs's error when the broker does not know the topic, or is not there. */
  of(topic: string): Promise<number> | number {
    const known = this.#counts.get(topic);
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
    this.#counts.clear();
  }

  async #ask(topic: string): Promise<number> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics[0]?.partitions.length ?? 0;
      if (count > 0) this.#counts.set(topic, count);
      return count;
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
