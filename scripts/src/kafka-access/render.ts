import { kafkaRights, type KafkaOperation, type KafkaRight } from './kafka-rights.js';

const FLAG: Readonly<Record<KafkaOperation, string>> = {
  READ: 'Read',
  WRITE: 'Write',
  DESCRIBE: 'Describe',
  CREATE: 'Create',
  DESCRIBE_CONFIGS: 'DescribeConfigs',
};

/** `docs/kafka-access.md`: the rights as a table, as commands of Kafka's own tool, and as a Strimzi user. */
export function renderKafkaAccess(): string {
  const rights = kafkaRights('');
  return [
    ...INTRODUCTION,
    '| user | resource | name | operations |',
    '|---|---|---|---|',
    ...rights.map(
      ({ user, resource, name, operations }) =>
        `| ${user} | ${resource} | \`${name}\` | ${operations.map((one) => FLAG[one]).join(', ')} |`,
    ),
    '',
    'READ and WRITE allow DESCRIBE as well. A reader of finished orders needs Read on `order-lifecycle-event` and on a group',
    'of its own; a program of the shop’s own that checks orders needs Read on `check-event` and on a group of its own, and Write',
    'on `check-answer-event`, where it can answer checks and nothing else.',
    '',
    '## As commands',
    '',
    '`$kafka` stands for `kafka-acls.sh --bootstrap-server … --command-config …`.',
    '',
    '```sh',
    ...rights.map(command),
    '```',
    '',
    '## As a KafkaUser of Strimzi',
    '',
    'For order; the others alike.',
    '',
    '```yaml',
    ...strimziUser(
      'order',
      rights.filter(({ user }) => user === 'order'),
    ),
    '```',
    '',
  ].join('\n');
}

function command({ user, resource, name, operations }: KafkaRight): string {
  const flags = operations.map((one) => `--operation ${FLAG[one]}`).join(' ');
  return `$kafka --add --allow-principal User:${user} ${flags} --${resource} ${name}`;
}

function strimziUser(name: string, rights: readonly KafkaRight[]): string[] {
  return [
    'apiVersion: kafka.strimzi.io/v1',
    'kind: KafkaUser',
    'metadata:',
    `  name: ${name}`,
    '  labels:',
    '    strimzi.io/cluster: kafka',
    'spec:',
    '  authentication:',
    '    type: scram-sha-512',
    '  authorization:',
    '    type: simple',
    '    acls:',
    ...rights.flatMap((right) => [
      '      - resource:',
      `          type: ${right.resource}`,
      `          name: ${right.name}`,
      '          patternType: literal',
      `        operations: [${right.operations.map((one) => FLAG[one]).join(', ')}]`,
    ]),
  ];
}

const INTRODUCTION = [
  '# Who may do what on Kafka',
  '',
  'What each process needs on brokers that deny by default; each logs in as a user of its own',
  '([connections](connections.md)). Names are without `KAFKA_TOPIC_PREFIX`, which goes in front of all of them.',
  '`npm run docs:kafka-access` writes this file from the contracts, and a test runs all of it against a broker that denies',
  'by default.',
  '',
];
