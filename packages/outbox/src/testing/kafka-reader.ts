import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type Consumer } from 'kafkajs';

export interface Received {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a topic from its beginning, on and on. */
export class KafkaReader {
  readonly received: Received[] = [];

  private constructor(private readonly consumer: Consumer) {}

  static async open(brokers: readonly string[], topic: string): Promise<KafkaReader> {
    const kafka = new Kafka({ clientId: 'reader', brokers: [...brokers], logLevel: logLevel.NOTHING });
    const reader = new KafkaReader(kafka.consumer({ groupId: `reader-${randomBytes(6).toString('hex')}` }));
    await reader.consumer.connect();
    await reader.consumer.subscribe({ topic, fromBeginning: true });
    await reader.consumer.run({
      eachMessage: ({ partition, message: { key, value, headers } }) => {
        const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]);
        const entry = { partition, key: String(key), value: String(value), headers: Object.fromEntries(texts) };
        reader.received.push(entry);
        return Promise.resolve();
      },
    });
    return reader;
  }

  /** What arrived, but not what arrived again: keys and values must tell messages apart. */
  firsts(): Received[] {
    const seen = new Set<string>();
    return this.received.filter(({ key, value }) => {
      const name = `${key} ${value}`;
      return !seen.has(name) && seen.add(name);
    });
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
  }
}
