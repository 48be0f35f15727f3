import kafkajs from 'kafkajs';

// Node does not see it among the names that this CommonJS module exports
const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/** What a topic is kept on, as the brokers report it. */
export interface Cluster {
  readonly brokers: number;
  /** copies of each partition */
  readonly replication: number;
  /** of these, how many must have a message before it is acknowledged to a writer that asks for all */
  readonly minInSync: number;
}

/** @param brokers `host:port` each, in plain text */
export async function clusterOf(brokers: readonly string[], topic: string): Promise<Cluster> {
  const kafka = new Kafka({ clientId: 'bench.cluster', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const cluster = await admin.describeCluster();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['min.insync.replicas'] }],
    });
    return {
      brokers: cluster.brokers.length,
      replication: topics[0]?.partitions[0]?.replicas.length ?? 0,
      minInSync: Number(resources[0]?.configEntries[0]?.configValue),
    };
  } finally {
    await admin.disconnect();
  }
}
