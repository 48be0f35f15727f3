import { z } from 'zod';
import { EVENT_TYPE_FACTS, type EventTypeFacts } from '../events/index.js';
import { SAMPLE } from '../events/sample-values.js';
import { TOPIC_NAMES, TOPICS, type Topic } from '../topics.js';

/** A schema of JSON Schema 2020-12, as zod writes it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A type of a topic: its whole value on the wire, for readers: unknown fields are allowed. */
export interface TypeSchema extends JsonSchema {
  readonly examples: readonly object[];
  readonly 'x-from': string;
  readonly 'x-unsent'?: true;
}

/** A topic: any of its types. What JSON Schema has no keyword for begins with x-. */
export interface TopicSchema extends JsonSchema {
  readonly $defs: Readonly<Record<string, TypeSchema>>;
  readonly 'x-key': string;
  readonly 'x-partitions': number;
}

/** All events that a version of these contracts reads and sends, by topic. */
export type ContractSet = Readonly<Record<string, TopicSchema>>;

/** The JSON Schemas of this version. */
export function presentContracts(): ContractSet {
  return Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, topicSchema(topic, EVENT_TYPE_FACTS[topic])]));
}

/** The JSON Schema of a topic with these types. */
export function topicSchema(topic: Topic, types: readonly EventTypeFacts[]): TopicSchema {
  const { keyField, partitions } = TOPICS[topic];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:outrider:events:${topic}`,
    title: topic,
    'x-key': keyField,
    'x-partitions': partitions,
    oneOf: types.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(types.map((facts) => [facts.type, typeSchema(topic, facts)])),
  };
}

function typeSchema(topic: Topic, { type, schema, about }: EventTypeFacts): TypeSchema {
  // as input: a reader accepts unknown fields; as output they would be forbidden
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: 'input' });
  return {
    title: type,
    description: about.description,
    'x-from': about.from,
    ...(about.unsent === true && { 'x-unsent': true }),
    ...shape,
    examples: [exampleEvent(topic, type, about.example)],
  };
}

function exampleEvent(topic: Topic, eventType: string, payload: unknown): object {
  const { keyField } = TOPICS[topic];
  return {
    eventId: SAMPLE.eventId,
    outboxId: SAMPLE.eventId,
    [keyField]: SAMPLE[keyField],
    eventType,
    schemaVersion: 1,
    occurredAt: SAMPLE.occurredAt,
    payload,
  };
}
