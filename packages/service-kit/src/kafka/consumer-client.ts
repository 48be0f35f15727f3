import { platformaticOptions } from '@outrider/connections';
import { KafkajsClient, type ConsumerClient } from '@outrider/inbox';
import { createKafka, type KafkaConnection } from './create-kafka.js';

/** The client libraries that a process can read and write Kafka by: the values of KAFKA_CLIENT. */
export type KafkaClientName = 'kafkajs' | 'platformatic';

/** What a KafkaEventConsumer stands on. A library that is not chosen is not loaded. */
export async function createConsumerClient(
  client: KafkaClientName,
  connection: KafkaConnection,
): Promise<ConsumerClient> {
  if (client === 'kafkajs') return new KafkajsClient(createKafka(connection));
  const { PlatformaticClient } = await import('@outrider/inbox/platformatic');
  const { clientId, server, connectionMaxAgeMs } = connection;
  return new PlatformaticClient({ clientId, ...platformaticOptions(server, connectionMaxAgeMs) });
}
