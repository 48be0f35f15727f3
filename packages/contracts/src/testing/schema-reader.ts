import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { TopicSchema } from '../schemas/topic-schema.js';

/**
 * A reader that knows nothing but a JSON Schema, like one written in another language, or one of a released version.
 * Answers why it cannot read a message; undefined: it can.
 */
export function schemaReader(topic: TopicSchema): (message: string) => string | undefined {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  for (const keyword of ['x-key', 'x-partitions', 'x-from', 'x-unsent']) ajv.addKeyword(keyword);
  ajv.addSchema(topic);
  const readers = new Map<string, ValidateFunction>();
  const readerOf = (type: string): ValidateFunction => {
    const reader = readers.get(type) ?? ajv.compile({ $ref: `${String(topic['$id'])}#/$defs/${type}` });
    readers.set(type, reader);
    return reader;
  };
  return (message) => {
    const value: unknown = JSON.parse(message);
    const { eventType: type } = value as { readonly eventType: string };
    if (topic.$defs[type] === undefined) return `type not listed: ${type}`;
    const reader = readerOf(type);
    if (reader(value)) return undefined;
    return `${type}: ${ajv.errorsText(reader.errors)}`;
  };
}
