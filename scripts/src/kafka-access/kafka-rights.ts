import { EVENT_TYPE_FACTS, TOPIC_NAMES, TOPICS, type Service, type Topic } from '@outrider/contracts';

export const KAFKA_OPERATIONS = ['READ', 'WRITE', 'DESCRIBE', 'CREATE', 'DESCRIBE_CONFIGS'] as const;
export type KafkaOperation = (typeof KAFKA_OPERATIONS)[number];

/** What a process may do with a topic or a consumer group. READ and WRITE allow DESCRIBE as well. */
export interface KafkaRight {
  /** the process: the user that it logs in as */
  readonly user: string;
  readonly resource: 'topic' | 'group';
  /** with the installation's prefix */
  readonly name: string;
  readonly operations: readonly KafkaOperation[];
}

const SERVICES: readonly Service[] = ['order', 'inventory', 'payment', 'product'];

/** Programs of a shop's own write themselves, as users of their own. */
const isWrittenByServices = (topic: Topic): boolean =>
  EVENT_TYPE_FACTS[topic].some(({ about }) => about.from !== 'shop');
const readersOf = (topic: Topic): readonly Service[] => TOPICS[topic].readers;

/** Topics of a shop's own, by the service that names them: it may send what they have by its outbox, and read them. */
export type ShopTopics = Readonly<Partial<Record<Service, readonly string[]>>>;

/**
 * All that an installation needs on a broker that denies by default. Its services' events are written by the outbox-worker alone; a
 * service reads the topics whose events it handles, as a member of one group.
 * @param prefix KAFKA_TOPIC_PREFIX @param own topics of the shop's services
 */
export function kafkaRights(prefix: string, own: ShopTopics = {}): KafkaRight[] {
  const topics = TOPIC_NAMES.map((topic) => ({ topic, name: prefix + topic }));
  const ownNames = [...new Set(Object.values(own).flat())].map((name) => prefix + name);
  return [
    ...[...topics.filter(({ topic }) => isWrittenByServices(topic)).map(({ name }) => name), ...ownNames].map(
      (name): KafkaRight => ({ user: 'outbox-worker', resource: 'topic', name, operations: ['WRITE'] }),
    ),
    ...SERVICES.flatMap((user): KafkaRight[] => [
      ...[
        ...topics.filter(({ topic }) => readersOf(topic).includes(user)).map(({ name }) => name),
        ...(own[user] ?? []).map((name) => prefix + name),
      ].map((name): KafkaRight => ({ user, resource: 'topic', name, operations: ['READ'] })),
      { user, resource: 'group', name: `${prefix}outrider.${user}`, operations: ['READ'] },
    ]),
    // with KAFKA_TOPICS=verify CREATE is not needed
    ...[...topics.map(({ name }) => name), ...ownNames].map((name): KafkaRight => ({
      user: 'migrate',
      resource: 'topic',
      name,
      operations: ['DESCRIBE', 'CREATE', 'DESCRIBE_CONFIGS'],
    })),
  ];
}
