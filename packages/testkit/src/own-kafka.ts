import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKafka, type KafkaSecurity, type RunningKafka } from './embedded/start-kafka.js';
import { Keeper } from './keeper/keeper.js';

export type { KafkaSecurity } from './embedded/start-kafka.js';

/** A Kafka of a test's own, on this machine, that wants TLS and a login and allows nothing that no ACL allows. */
export class OwnKafka implements AsyncDisposable {
  private constructor(
    private readonly keeper: Keeper,
    private readonly running: RunningKafka,
  ) {}

  /**
   * Starts it, empty. What it holds goes away with it.
   * @throws InfraError when this machine has no Java, or Kafka cannot be had for it
   */
  static async open(security: KafkaSecurity): Promise<OwnKafka> {
    const keeper = await Keeper.start();
    try {
      const dataDirectory = await mkdtemp(join(tmpdir(), 'outrider-kafka-'));
      await keeper.removeAtEnd(dataDirectory);
      const running = await runKafka({ keeper, log: () => undefined, dataDirectory, durable: false }, security);
      keeper.started();
      return new OwnKafka(keeper, running);
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** `host:port` for clients that log in with a password. */
  get broker(): string {
    return `localhost:${this.running.port}`;
  }

  /** `host:port` for clients that log in by certificate; the user is its common name. */
  get certificateBroker(): string {
    return `localhost:${this.running.certificatePort}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.end();
  }
}
