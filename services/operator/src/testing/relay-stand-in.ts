/**
 * Workers, a broker and one outbox, as the metrics of workers show them: each worker publishes so many events a second for
 * as long as there are some and the broker answers.
 */
export class RelayStandIn {
  brokerAnswers = true;
  /** whether workers answer who reads their metrics */
  isReadable = true;
  /** events that come in a second, and are published at once */
  arriving = 0;
  /** how often metrics were read */
  reads = 0;
  #pending = 0;
  #waitingSinceMs = 0;
  #parkedKeys = 0;
  readonly #published = new Map<string, { events: number; atMs: number }>();

  constructor(private readonly perWorker: number) {}

  /** So many events come at once. */
  fill(events: number): void {
    this.#pending += events;
    this.#waitingSinceMs = Date.now();
  }

  /** An event that cannot be sent is parked, and pending no more; all others leave. */
  park(): void {
    this.#parkedKeys += 1;
  }

  get pending(): number {
    return Math.ceil(this.#pending);
  }

  /** What a worker shows, as `NodeStandIn` wants it. */
  metrics(pod: string): string | undefined {
    this.reads += 1;
    const now = Date.now();
    const own = this.#published.get(pod) ?? { events: 0, atMs: now };
    const seconds = (now - own.atMs) / 1_000;
    own.atMs = now;
    if (this.brokerAnswers) {
      const drained = Math.min(this.#pending, this.perWorker * seconds);
      this.#pending -= drained;
      own.events += drained + this.arriving * seconds;
    }
    this.#published.set(pod, own);
    if (!this.isReadable) return undefined;
    const since = this.#pending > 0 ? this.#waitingSinceMs : now;
    const database = 'database="order"';
    return [
      `outbox_shards_owned{${database}} 8`,
      `outbox_oldest_unpublished_age_seconds{${database}} ${(now - since) / 1_000}`,
      // counted no further than a database does
      `outbox_unpublished_events{${database}} ${Math.min(this.pending, 100_001)}`,
      `outbox_dead_letters_keys{${database}} ${this.#parkedKeys}`,
      `outbox_published_total{${database}} ${Math.floor(own.events)}`,
    ].join('\n');
  }
}
