import { EVENT_TYPE_FACTS } from '../events/index.js';
import { SAMPLE } from '../events/sample-values.js';
import { TOPIC_RETENTION_MS, TOPICS, type Service, type Topic } from '../topics.js';
import type { JsonSchema, TopicSchema, TypeSchema } from './topic-schema.js';

const BINDING_VERSION = '0.5.0';

/**
 * The AsyncAPI 3.0 document of a topic: its channel, its messages with key and headers, and for each service what it
 * sends there and what it receives.
 *
 * @param version of the contracts
 */
export function asyncApi(topic: Topic, schema: TopicSchema, version: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: `Outrider: ${topic}`,
      version,
      description:
        'Values are JSON; headers are CloudEvents in Kafka’s binary mode. Events of one key keep their order. ' +
        'A reader ignores unknown fields, and gets an event again after a replay, with the same ce_id.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: { [topic]: channel(topic, schema) },
    operations: operations(topic, schema),
    components: {
      messages: Object.fromEntries(
        Object.entries(schema.$defs).map(([type, typeSchema]) => [type, message(topic, type, typeSchema)]),
      ),
      schemas: { headers: headersSchema() },
    },
  };
}

function channel(topic: Topic, { $defs }: TopicSchema): object {
  const { partitions } = TOPICS[topic];
  return {
    address: topic,
    description: 'An installation may prefix the name.',
    messages: Object.fromEntries(Object.keys($defs).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        topic,
        partitions,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': TOPIC_RETENTION_MS },
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

function operations(topic: Topic, { $defs }: TopicSchema): object {
  const ref = (type: string): object => ({ $ref: `#/channels/${topic}/messages/${type}` });
  const sent = EVENT_TYPE_FACTS[topic].filter(({ about }) => about.unsent !== true);
  const senders = Map.groupBy(sent, ({ about }) => about.from);
  const receivers: readonly Service[] = TOPICS[topic].readers;
  return Object.fromEntries([
    ...[...senders].map(([service, types]) => [
      `${service}-sends`,
      {
        action: 'send',
        title: `${service} sends`,
        channel: { $ref: `#/channels/${topic}` },
        messages: types.map(({ type }) => ref(type)),
      },
    ]),
    ...receivers.map((service) => [
      `${service}-receives`,
      {
        action: 'receive',
        title: `${service} receives`,
        channel: { $ref: `#/channels/${topic}` },
        messages: Object.keys($defs).map(ref),
        bindings: {
          kafka: { groupId: { type: 'string', const: `outrider.${service}` }, bindingVersion: BINDING_VERSION },
        },
      },
    ]),
  ]);
}

function message(topic: Topic, type: string, schema: TypeSchema): object {
  const { title: _, description, examples, 'x-from': from, 'x-unsent': unsent, ...payload } = schema;
  return {
    name: type,
    title: type,
    summary: description,
    ...(unsent === true && { 'x-unsent': true }),
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/headers' },
    payload,
    bindings: {
      kafka: {
        key: { type: 'string', format: 'uuid', description: `${TOPICS[topic].keyField} of the value` },
        bindingVersion: BINDING_VERSION,
      },
    },
    examples: examples.map((example) => ({ headers: exampleHeaders(from, type), payload: example })),
  };
}

const HEADERS: Readonly<Record<string, JsonSchema>> = {
  ce_id: { type: 'string', description: 'eventId of the value, the same in every retry and replay' },
  ce_type: { type: 'string', description: 'eventType of the value' },
  ce_source: { type: 'string', description: '/outrider/ and the name of the sending service' },
  ce_specversion: { type: 'string', const: '1.0' },
  ce_time: { type: 'string', format: 'date-time', description: 'occurredAt of the value' },
  'content-type': { type: 'string', const: 'application/json' },
  'app-version': { type: 'string', description: 'the version of the sending service' },
};

function headersSchema(): JsonSchema {
  const traceparent = {
    type: 'string',
    pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
    description: 'W3C Trace Context of the span that made the event; left out where the sender does not trace',
  };
  return { type: 'object', properties: { ...HEADERS, traceparent }, required: Object.keys(HEADERS) };
}

function exampleHeaders(from: string, type: string): Readonly<Record<string, string>> {
  return {
    ce_id: SAMPLE.eventId,
    ce_type: type,
    ce_source: `/outrider/${from}`,
    ce_specversion: '1.0',
    ce_time: SAMPLE.occurredAt,
    'content-type': 'application/json',
    'app-version': '1.0.0',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
}
