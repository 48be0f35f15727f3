import type { JsonSchema } from './topic-schema.js';

/** A value that a writer may send and a reader refuses. */
export interface Refusal {
  /** e.g. payload.lines[].quantity; empty: the value itself */
  readonly at: string;
  /** what the writer may do there that the reader refuses */
  readonly why: string;
}

const ALTERNATIVES = ['oneOf', 'anyOf'] as const;
const LOWER = { minimum: 'below', exclusiveMinimum: 'as low as', minLength: 'shorter than', minItems: 'fewer than' };
const UPPER = { maximum: 'above', exclusiveMaximum: 'as high as', maxLength: 'longer than', maxItems: 'more than' };
const EXACT = ['pattern', 'format'] as const;
const COMPARED: ReadonlySet<string> = new Set([
  'type',
  'const',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'items',
  ...ALTERNATIVES,
  ...Object.keys(LOWER),
  ...Object.keys(UPPER),
  ...EXACT,
]);
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'examples',
  'default',
  'deprecated',
  '$comment',
]);

/**
 * Compares two schemas: is everything that one describes accepted by the other? Knows the keywords that zod writes for
 * these contracts. What it does not know, or cannot decide (one pattern within another), counts as refused unless it is
 * the same on both sides: so a test may fail without need, and never passes wrongly.
 *
 * @param writer what may be sent; fields it does not list are not sent, since the codec drops them
 * @param reader what is accepted; fields it does not list are ignored
 */
export function refusals(writer: JsonSchema, reader: JsonSchema, at = ''): readonly Refusal[] {
  if (sameText(writer, reader)) return [];
  const written = alternativesOf(writer);
  const read = alternativesOf(reader);
  const unknown = unknownKeywords(writer, reader, at);
  if (written.length > 1 || read.length > 1) {
    return [...unknown, ...written.flatMap((one) => refusedByAll(one, read, at))];
  }
  return [
    ...unknown,
    ...(valuesOf(reader) === undefined ? refusedTypes(writer, reader, at) : refusedValues(writer, reader, at)),
    ...refusedBounds(writer, reader, at),
    ...refusedFields(writer, reader, at),
    ...refusedItems(writer, reader, at),
  ];
}

/** The alternatives of a union, each merged with the keywords beside the union. */
function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  const keyword = ALTERNATIVES.find((name) => Array.isArray(schema[name]));
  if (keyword === undefined) return [schema];
  const { [keyword]: alternatives, ...besides } = schema;
  return (alternatives as readonly JsonSchema[]).flatMap((one) => alternativesOf({ ...besides, ...one }));
}

function refusedByAll(written: JsonSchema, read: readonly JsonSchema[], at: string): readonly Refusal[] {
  const answers = read.map((one) => refusals(written, one, at));
  const [only] = answers;
  if (only === undefined || answers.some((answer) => answer.length === 0)) return [];
  return answers.length === 1 ? only : [{ at, why: `may be ${nameOf(written)}, which is no alternative there` }];
}

function unknownKeywords(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  return [...new Set([...Object.keys(writer), ...Object.keys(reader)])]
    .filter((name) => !COMPARED.has(name) && !ANNOTATIONS.has(name) && !name.startsWith('x-'))
    .filter((name) => !sameText(writer[name], reader[name]))
    .map((name) => ({ at, why: `has another ${name}, a keyword that cannot be compared` }));
}

function refusedValues(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  const read = valuesOf(reader) ?? [];
  const written = valuesOf(writer);
  if (written === undefined) return [{ at, why: `is not only ${read.map(textOf).join(', ')}` }];
  return written.filter((value) => !read.includes(value)).map((value) => ({ at, why: `may be ${textOf(value)}` }));
}

function refusedTypes(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  const read = typesOf(reader);
  if (read.length === 0) return [];
  const written = typesOf(writer);
  if (written.length === 0) return [{ at, why: `is not only ${read.join(' or ')}` }];
  return written
    .filter((type) => !read.includes(type) && !(type === 'integer' && read.includes('number')))
    .map((type) => ({ at, why: `may be of type ${type}, not ${read.join(' or ')}` }));
}

function refusedBounds(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  const found: Refusal[] = [];
  for (const [name, word] of Object.entries(LOWER)) {
    const [written, read] = [numberOf(writer, name), numberOf(reader, name)];
    if (read !== undefined && (written ?? -Infinity) < read) found.push({ at, why: `may be ${word} ${read}` });
  }
  for (const [name, word] of Object.entries(UPPER)) {
    const [written, read] = [numberOf(writer, name), numberOf(reader, name)];
    if (read !== undefined && (written ?? Infinity) > read) found.push({ at, why: `may be ${word} ${read}` });
  }
  for (const name of EXACT) {
    if (reader[name] !== undefined && writer[name] !== reader[name]) {
      found.push({ at, why: `need not have the ${name} ${textOf(reader[name])}` });
    }
  }
  return found;
}

function refusedFields(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  const [written, read] = [fieldsOf(writer), fieldsOf(reader)];
  const always = new Set((writer['required'] ?? []) as readonly string[]);
  const missing = ((reader['required'] ?? []) as readonly string[]).filter((name) => !always.has(name));
  const { additionalProperties: others } = reader;
  return [
    ...missing.map((name) => ({ at: within(at, name), why: 'may be missing' })),
    ...Object.keys(written).flatMap((name) => {
      const field = written[name] ?? {};
      if (read[name] !== undefined) return refusals(field, read[name], within(at, name));
      if (others === false) return [{ at: within(at, name), why: 'is a field that is not allowed there' }];
      return isSchema(others) ? refusals(field, others, within(at, name)) : [];
    }),
    ...refusedOthers(writer['additionalProperties'], others, at),
  ];
}

/** Fields under any name, as of a map. */
function refusedOthers(written: unknown, read: unknown, at: string): readonly Refusal[] {
  if (read === undefined || read === true || written === undefined || written === false) return [];
  const path = within(at, '*');
  if (!isSchema(read) || !isSchema(written)) return [{ at: path, why: 'may be there under any name' }];
  return refusals(written, read, path);
}

function refusedItems(writer: JsonSchema, reader: JsonSchema, at: string): readonly Refusal[] {
  const { items: read } = reader;
  const { items: written } = writer;
  if (!isSchema(read)) return [];
  return isSchema(written) ? refusals(written, read, `${at}[]`) : [{ at: `${at}[]`, why: 'may be anything' }];
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

function typesOf({ type }: JsonSchema): readonly string[] {
  if (type === undefined) return [];
  return (Array.isArray(type) ? type : [type]) as readonly string[];
}

function numberOf(schema: JsonSchema, name: string): number | undefined {
  return typeof schema[name] === 'number' ? schema[name] : undefined;
}

function fieldsOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Record<string, JsonSchema>;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(schema: JsonSchema): string {
  return valuesOf(schema)?.map(textOf).join(', ') ?? `of type ${typesOf(schema).join(' or ')}`;
}

const within = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);
const textOf = (value: unknown): string => JSON.stringify(value);
/** Both sides come from one generator, so equal schemas have equal texts. */
const sameText = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);
