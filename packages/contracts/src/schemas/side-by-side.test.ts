import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { decodeEvent, encodeEvent } from '../events/codec.js';
import { orderKeyed, productKeyed } from '../events/define.js';
import { EVENT_SCHEMAS, EVENT_TYPE_FACTS, type EventTypeFacts, type PayloadOf } from '../events/index.js';
import { newId } from '../ids.js';
import { TOPIC_NAMES, TOPICS, type Topic } from '../topics.js';
import { releasedVersions } from '../testing/released.js';
import { schemaReader } from '../testing/schema-reader.js';
import { variants } from '../testing/variants.js';
import { unreadByPresent, unreadByReleased } from './compatibility.js';
import { presentContracts, topicSchema, type ContractSet, type JsonSchema, type TypeSchema } from './topic-schema.js';

const FROM = { source: 'order', version: '1.2.3' };
const PRESENT = presentContracts();
const RELEASED = releasedVersions();
const [NEWEST = { version: 'none', contracts: {} }] = RELEASED.slice(-1);

const sentTypes = (contracts: ContractSet): readonly (readonly [Topic, TypeSchema])[] =>
  Object.entries(contracts).flatMap(([topic, { $defs }]) =>
    Object.values($defs).flatMap((type) => (type['x-unsent'] === true ? [] : [[topic as Topic, type] as const])),
  );

/** What this version sends of a type, to the limits of its contract, as it is on the wire. */
function sentNow(topic: Topic, type: TypeSchema): readonly string[] {
  const { payload } = type['properties'] as Record<string, JsonSchema>;
  const [example] = type.examples as readonly { payload: unknown }[];
  return variants(payload!, example!.payload).map(
    (value) => encodeEvent(FROM, topic, type['title'] as never, newId(), value as PayloadOf<Topic, never>).payload,
  );
}

/** What a version known by its JSON Schemas alone sent of a type. */
function sentBy(type: TypeSchema): readonly string[] {
  return variants(type, type.examples[0]).map((value) => JSON.stringify(value));
}

const refusedHere = (topic: Topic, messages: readonly string[]): readonly string[] =>
  messages.flatMap((message) => {
    const decoded = decodeEvent(topic, new TextEncoder().encode(message));
    return decoded.ok ? [] : [`${decoded.reason}: ${message}`];
  });

describe('F03 during a roll-out', () => {
  // a topic that the released version does not have nobody reads there
  const readThere = sentTypes(PRESENT).filter(([topic]) => NEWEST.contracts[topic] !== undefined);
  test.each(readThere.map(([topic, type]) => ({ topic, type, name: type['title'] })))(
    'a reader of the newest released version reads what this version sends as $name',
    ({ topic, type }) => {
      const reader = schemaReader(NEWEST.contracts[topic]!);
      const messages = sentNow(topic, type);
      expect(messages.length).toBeGreaterThan(1);
      expect(messages.flatMap((message) => reader(message) ?? [])).toEqual([]);
    },
  );

  test.each(RELEASED)('this version reads all that $version sent', ({ contracts }) => {
    for (const [topic, type] of sentTypes(contracts)) expect(refusedHere(topic, sentBy(type))).toEqual([]);
  });
});

describe('F03 the version after this one, with a new field everywhere and a new type that is not sent yet', () => {
  const giftWrap = z.boolean().optional();
  const newer = (topic: Topic): readonly EventTypeFacts[] => {
    const keyed = TOPICS[topic].keyField === 'orderId' ? orderKeyed : productKeyed;
    const types = EVENT_SCHEMAS[topic].options.map(({ shape, about }) => {
      const payload: z.ZodObject = shape.payload.extend({ giftWrap });
      const example = { ...about.example, giftWrap: true };
      return keyed(shape.eventType.value, payload, { ...about, example });
    });
    const ahead = keyed('GIFT_WRAPPED', z.object({ giftWrap }), {
      from: 'order',
      description: 'It is wrapped.',
      example: { giftWrap: true },
      unsent: true,
    });
    return [...types, ahead].map((schema) => ({
      type: schema.shape.eventType.value,
      schema,
      about: schema.about,
    }));
  };
  const NEXT: ContractSet = Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, topicSchema(topic, newer(topic))]));

  test('is compatible by its schemas', () => {
    expect([...unreadByReleased(PRESENT, NEXT), ...unreadByPresent(PRESENT, NEXT)]).toEqual([]);
  });

  test('is read here, and by the released reader', () => {
    for (const [topic, type] of sentTypes(NEXT)) {
      const messages = sentBy(type);
      expect(messages.join()).toContain('"giftWrap":true');
      expect(refusedHere(topic, messages)).toEqual([]);
    }
  });

  test('reads what is sent here', () => {
    for (const [topic, type] of sentTypes(PRESENT)) {
      const reader = schemaReader(NEXT[topic]!);
      expect(sentNow(topic, type).flatMap((message) => reader(message) ?? [])).toEqual([]);
    }
  });

  test('would not be read if it sent its new type at once', () => {
    const { GIFT_WRAPPED } = NEXT['order-event']!.$defs;
    expect(refusedHere('order-event', sentBy(GIFT_WRAPPED!))[0]).toContain('type not listed for order-event');
    expect(schemaReader(NEWEST.contracts['order-event']!)(sentBy(GIFT_WRAPPED!)[0]!)).toContain('type not listed');
  });
});

describe('the example of a type', () => {
  const fieldsLeftOut = (schema: JsonSchema, value: unknown, at: string): readonly string[] => {
    if (Array.isArray(value))
      return value.flatMap((item) => fieldsLeftOut(schema['items'] as JsonSchema, item, `${at}[]`));
    const fields = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
    return fields.flatMap(([name, field]) => {
      const found = (value as Record<string, unknown>)[name];
      return found === undefined ? [`${at}.${name}`] : fieldsLeftOut(field, found, `${at}.${name}`);
    });
  };

  test.each(TOPIC_NAMES)('shows every field there is: %s', (topic) => {
    for (const type of Object.values(PRESENT[topic]!.$defs)) {
      expect(fieldsLeftOut(type, type.examples[0], String(type['title']))).toEqual([]);
    }
    for (const { type, about } of EVENT_TYPE_FACTS[topic])
      expect([type, about.description]).toEqual([type, expect.stringMatching(/^\S.*\.$/u)]);
  });
});
