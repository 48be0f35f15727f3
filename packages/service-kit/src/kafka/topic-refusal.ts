/** A topic, or everything where none is named, and what the brokers said of it. */
interface Refusal {
  readonly topic?: string;
  /** Kafka's name of the error, e.g. TOPIC_AUTHORIZATION_FAILED */
  readonly type: string;
  readonly reason: string;
}

/** Thrown when the brokers do not do with topics what they were asked for; the message has a line for each refusal. */
export class TopicsRefusedError extends Error {
  override readonly name = 'TopicsRefusedError';
  readonly code = 'TOPICS_REFUSED';
  /** a right is missing, and nothing else: it may be given at any time */
  readonly lacksRights: boolean;

  constructor(refusals: readonly Refusal[], cause: unknown) {
    const lacksRights = refusals.every(({ type }) => type.endsWith('AUTHORIZATION_FAILED'));
    super(
      [
        lacksRights ? 'Kafka does not give this login the rights that migrate needs:' : 'Kafka refuses these topics:',
        ...refusals.map(({ topic = 'topics', reason }) => `  ${topic}: ${reason}`),
        ...(lacksRights ? ['docs/kafka-access.md lists them.'] : []),
      ].join('\n'),
      { cause },
    );
    this.lacksRights = lacksRights;
  }
}

/**
 * What kafkajs throws when topics are created or looked at, as refusals of the brokers; undefined when it is something
 * else. Of several topics kafkajs itself says `Topic creation errors`, and neither which nor why.
 */
export function topicRefusal(error: unknown): TopicsRefusedError | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errors' in error && Array.isArray(error.errors)) {
    // one that another migrate has made meanwhile is as good
    const refusals = error.errors.flatMap(refusalOf).filter(({ type }) => type !== 'TOPIC_ALREADY_EXISTS');
    return refusals.length === 0 ? undefined : new TopicsRefusedError(refusals, error);
  }
  const [refusal] = refusalOf(error);
  if (refusal?.type.endsWith('AUTHORIZATION_FAILED')) return new TopicsRefusedError([refusal], error);
  return topicRefusal(error.cause);
}

function refusalOf(error: unknown): Refusal[] {
  if (!(error instanceof Error) || !('type' in error) || typeof error.type !== 'string') return [];
  const { type, message: reason } = error;
  return 'topic' in error && typeof error.topic === 'string'
    ? [{ topic: error.topic, type, reason }]
    : [{ type, reason }];
}
