import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { encodeUnsent } from '../events/codec.js';
import type { EventTypeOf } from '../events/index.js';
import { TOPIC_NAMES, TOPICS, type Topic } from '../topics.js';
import { asyncApi } from './async-api.js';
import { presentContracts, type JsonSchema } from './topic-schema.js';

interface Operation {
  readonly action: 'send' | 'receive';
  readonly messages: readonly { readonly $ref: string }[];
}

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, unknown>> }>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: {
    readonly messages: Readonly<
      Record<
        string,
        { readonly payload: JsonSchema; readonly examples: readonly { headers: object; payload: object }[] }
      >
    >;
    readonly schemas: { readonly headers: JsonSchema };
  };
}

const CONTRACTS = presentContracts();
const documentOf = (topic: Topic): Document => asyncApi(topic, CONTRACTS[topic]!, '1.2.3') as Document;

let official: ValidateFunction;
beforeAll(() => {
  // the published schema is of draft 07, and uses formats and keywords of its own
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  official = ajv.compile(createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object);
});

describe.each(TOPIC_NAMES)('the AsyncAPI document of %s', (topic) => {
  const document = documentOf(topic);

  test('is one by the official schema', () => {
    official(document);
    expect(official.errors ?? []).toEqual([]);
    expect(official({ ...document, operations: { x: { action: 'publish' } } })).toBe(false);
  });

  test('names every message, and refers to nothing that is not there', () => {
    const types = Object.keys(CONTRACTS[topic]!.$defs);
    expect(Object.keys(document.channels[topic]!.messages)).toEqual(types);
    expect(Object.keys(document.components.messages)).toEqual(types);
    const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/gu);
    for (const [, path = ''] of refs) {
      const found = path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
      expect([path, typeof found]).toEqual([path, 'object']);
    }
  });

  test('has each type sent by one service, and all received by each that reads', () => {
    const operations = Object.values(document.operations);
    const messages = (action: string): readonly string[][] =>
      operations.filter((one) => one.action === action).map((one) => one.messages.map(({ $ref }) => $ref));
    const types = Object.entries(CONTRACTS[topic]!.$defs);
    const named = (some: typeof types) => some.map(([type]) => `#/channels/${topic}/messages/${type}`);
    const all = named(types);
    const sent = named(types.filter(([, schema]) => schema['x-unsent'] !== true));
    expect(messages('send').flat().sort()).toEqual(sent.sort());
    expect(messages('receive')).toEqual(TOPICS[topic].readers.map(() => all));
  });

  test('shows messages that are as it says, headers too', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const headers = ajv.compile(document.components.schemas.headers);
    for (const [type, { payload, examples }] of Object.entries(document.components.messages)) {
      expect(examples).toHaveLength(1);
      for (const example of examples) {
        expect([type, ajv.validate(payload, example.payload), headers(example.headers)]).toEqual([type, true, true]);
      }
    }
  });

  test('knows the headers that are really sent', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const headers = ajv.compile({ ...document.components.schemas.headers, additionalProperties: false });
    for (const [type, { examples }] of Object.entries(document.components.messages)) {
      const { payload } = examples[0]!.payload as { payload: never };
      const key = '0190a6c2-7f1e-7c3a-9b57-3d2f8e1a4b60';
      const sent = encodeUnsent({ source: 'order', version: '1' }, topic, type as EventTypeOf<Topic>, key, payload);
      expect([type, headers(sent.headers), headers.errors]).toEqual([type, true, null]);
    }
  });

  test('has the trace of an event among its headers, which may be missing but not malformed', () => {
    const headers = new Ajv({ strict: false, formats: { 'date-time': true } }).compile(
      document.components.schemas.headers,
    );
    for (const { examples } of Object.values(document.components.messages)) {
      const { traceparent, ...others } = examples[0]!.headers as Record<string, string>;
      expect(traceparent).toMatch(/^00-/u);
      expect(headers(others)).toBe(true);
      expect(headers({ ...others, traceparent: '1' })).toBe(false);
    }
  });
});
