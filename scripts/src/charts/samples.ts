import { TOPIC_NAMES, TOPIC_RETENTION_MS, TOPIC_SEGMENT_MS, TOPICS } from '@outrider/contracts';
import { stringify } from 'yaml';
import { kafkaRights, type KafkaOperation } from '../kafka-access/kafka-rights.js';

const NOTE = '# Made by `npm run charts`, for production.yaml; docs/runbooks/install.md says how it is used.\n';
const SERVICES = ['order', 'inventory', 'payment', 'product'] as const;
/** The processes that work on all databases, by one role each. */
const ROLES_OF_ALL = ['relay', 'reader'] as const;

const documents = (objects: readonly object[]): string =>
  NOTE + objects.map((object) => stringify(object, { lineWidth: 120, singleQuote: true })).join('---\n');

/** PostgreSQL by CloudNativePG: a server, a database for each service, and one role for each process. */
export function cloudNativePg(): string {
  const cluster = { name: 'postgres' };
  const of = (kind: string, name: string, spec: object) => ({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind,
    metadata: { name },
    spec,
  });
  const role = (name: string) => ({
    ...of('DatabaseRole', name.replace('_', '-'), {
      cluster,
      name,
      login: true,
      // a Secret of the type kubernetes.io/basic-auth, which the chart is given as existingSecret
      passwordSecret: { name: name.replace('_', '-') },
    }),
  });
  return documents([
    of('Cluster', cluster.name, {
      instances: 3,
      storage: { size: '20Gi' },
      postgresql: { parameters: { max_connections: '400' } },
    }),
    ...SERVICES.flatMap((service) => [
      role(`${service}_owner`),
      role(`${service}_app`),
      of('Database', service, { cluster, name: service, owner: `${service}_owner` }),
    ]),
    ...ROLES_OF_ALL.map(role),
  ]);
}

const OPERATION: Readonly<Record<KafkaOperation, string>> = {
  READ: 'Read',
  WRITE: 'Write',
  DESCRIBE: 'Describe',
  CREATE: 'Create',
  DESCRIBE_CONFIGS: 'DescribeConfigs',
};

/** Topics and users of Kafka by Strimzi. Topics are Strimzi's, so `migrate` only verifies them and may create none. */
export function strimzi(): string {
  const of = (kind: string, name: string, spec: object) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind,
    metadata: { name, labels: { 'strimzi.io/cluster': 'kafka' } },
    spec,
  });
  const topics = TOPIC_NAMES.map((name) =>
    of('KafkaTopic', name, {
      partitions: TOPICS[name].partitions,
      replicas: 3,
      config: {
        'cleanup.policy': 'delete',
        'retention.ms': TOPIC_RETENTION_MS,
        'segment.ms': TOPIC_SEGMENT_MS,
        'min.insync.replicas': 2,
      },
    }),
  );
  const users = Map.groupBy(kafkaRights(''), ({ user }) => user);
  return documents([
    ...topics,
    ...[...users].map(([user, rights]) =>
      of('KafkaUser', user, {
        authentication: { type: 'scram-sha-512' },
        authorization: {
          type: 'simple',
          acls: rights.map(({ resource, name, operations }) => ({
            resource: { type: resource, name, patternType: 'literal' },
            operations: operations.filter((one) => one !== 'CREATE').map((one) => OPERATION[one]),
          })),
        },
      }),
    ),
  ]);
}

/** The samples by the names of their files in charts/outrider/examples/manifests. */
export const SAMPLES: Readonly<Record<string, () => string>> = {
  'cloudnative-pg.yaml': cloudNativePg,
  'strimzi.yaml': strimzi,
};
