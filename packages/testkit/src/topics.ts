import { Kafka, logLevel, type Admin } from 'kafkajs';

/** Makes topics with one replica each; those that exist stay as they are. Returns when their leaders are known. */
export async function createTopics(
  brokers: readonly string[],
  names: readonly string[],
  partitions: number,
): Promise<void> {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: names.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
    }),
  );
}

/** Deletes topics. Rejects when one does not exist. */
export async function deleteTopics(brokers: readonly string[], names: readonly string[]): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [...names] }));
}

async function withAdmin(brokers: readonly string[], work: (admin: Admin) => Promise<unknown>): Promise<void> {
  // what matters rejects; kafkajs also calls it an error that a topic is there already
  const kafka = new Kafka({ clientId: 'outrider-testkit', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
