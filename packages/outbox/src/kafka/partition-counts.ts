/** How many partitions each topic's keys are spread over: as configured, else what the broker had when first asked. */
export class PartitionCounts {
  readonly #known = new Map<string, number>();
  readonly #asked = new Map<string, Promise<number>>();

  /**
   * @param ask how many the broker has; 0 where it does not say; rejects with the client's error
   * @param configured the number of partitions of a topic, by its name in Kafka; undefined: ask the broker
   */
  constructor(
    private readonly ask: (topic: string) => Promise<number>,
    private readonly configured: (topic: string) => number | undefined = () => undefined,
  ) {}

  /** undefined while the broker has not been asked. */
  known(topic: string): number | undefined {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const configured = this.configured(topic);
    if (configured !== undefined) this.#known.set(topic, configured);
    return configured;
  }

  /** Rejects with the client's error when the broker does not know the topic or cannot be reached. */
  of(topic: string): Promise<number> | number {
    const known = this.known(topic);
    if (known !== undefined) return known;
    let asked = this.#asked.get(topic);
    if (asked === undefined) {
      asked = this.#ask(topic).finally(() => this.#asked.delete(topic));
      this.#asked.set(topic, asked);
    }
    return asked;
  }

  /** Ask the broker again: what it said before has turned out wrong. */
  forget(): void {
    this.#known.clear();
  }

  async #ask(topic: string): Promise<number> {
    const count = await this.ask(topic);
    if (count > 0) this.#known.set(topic, count);
    return count;
  }
}
