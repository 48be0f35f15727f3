import { encodeEvent, newId, TOPICS, type SentTypeOf, type PayloadOf, type Topic } from '@outrider/contracts';
import { partitionOf } from '@outrider/outbox';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';

const A_REQUEST = 1_000;

/** A message ready to be sent, so that the bench's own work is done before the clock runs. */
export function messageOf<T extends Topic, N extends SentTypeOf<T>>(
  topic: T,
  type: N,
  key: string,
  payload: PayloadOf<T, N>,
): Message {
  const event = encodeEvent({ source: 'bench', version: '0' }, topic, type, key, payload);
  return {
    key,
    value: event.payload,
    headers: { ...event.headers },
    partition: partitionOf(key, TOPICS[topic].partitions),
  };
}

/** What orders ask of inventory, two commands each: a piece of a product is reserved, and sold when others were. */
export function commandsOf(productIds: readonly string[]): Message[] {
  const orders = productIds.map((productId) => ({ orderId: newId(), productId }));
  const commands: Message[] = [];
  for (let at = 0; at < orders.length + A_REQUEST / 2; at += A_REQUEST / 2) {
    for (const { orderId, productId } of orders.slice(at, at + A_REQUEST / 2)) {
      const lines = [{ productId, quantity: 1 }];
      const payload = { commandId: newId(), lines };
      commands.push(messageOf('reservation-event', 'RESERVATION_CREATE_REQUEST', orderId, payload));
    }
    for (const { orderId } of orders.slice(Math.max(0, at - A_REQUEST / 2), at)) {
      const payload = { commandId: newId() };
      commands.push(messageOf('reservation-event', 'RESERVATION_CONFIRM_REQUEST', orderId, payload));
    }
  }
  return commands;
}

/** Sends as the worker does: many messages a request, acknowledged by all. */
export class Commander implements AsyncDisposable {
  private constructor(
    private readonly producer: Producer,
    private readonly topicPrefix: string,
  ) {}

  static async connect(brokers: readonly string[], topicPrefix: string): Promise<Commander> {
    const kafka = new Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: logLevel.ERROR });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return new Commander(producer, topicPrefix);
  }

  async send(topic: Topic, messages: readonly Message[]): Promise<void> {
    for (let at = 0; at < messages.length; at += A_REQUEST) {
      const some = messages.slice(at, at + A_REQUEST);
      await this.producer.send({ topic: this.topicPrefix + topic, acks: -1, messages: some });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.disconnect();
  }
}
