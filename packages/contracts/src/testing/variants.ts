import type { JsonSchema } from '../schemas/topic-schema.js';

/**
 * Values of a schema that go to its limits, one at a time: every optional field there and not, every value of a list of
 * values, the smallest and the largest number, the shortest and the longest text and list. Where a pattern or format
 * says what a text is, the example's stays.
 *
 * @param example a value of the schema with every field
 */
export function variants(schema: JsonSchema, example: unknown): readonly unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  const alternatives = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined) return [example];
  switch (schema['type']) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'number':
      return [example, schema['minimum'], schema['maximum']].filter((value) => value !== undefined);
    case 'string':
      return texts(schema, example);
    case 'array':
      return lists(schema, example as readonly unknown[]);
    case 'object':
      return objects(schema, example as Readonly<Record<string, unknown>>);
    default:
      return [example];
  }
}

function texts(schema: JsonSchema, example: unknown): readonly unknown[] {
  if ('const' in schema || 'pattern' in schema || 'format' in schema) return [example];
  const lengths = [numberOf(schema['minLength']) ?? 0, numberOf(schema['maxLength']) ?? 300];
  return [example, ...lengths.map((length) => 'x'.repeat(length))];
}

function lists(schema: JsonSchema, example: readonly unknown[]): readonly unknown[] {
  const items = schema['items'] as JsonSchema;
  const [first] = example;
  const lengths = [numberOf(schema['minItems']) ?? 0, numberOf(schema['maxItems']) ?? 3];
  return [
    example,
    ...lengths.map((length) => Array.from({ length }, () => first)),
    ...variants(items, first).map((item) => [item]),
  ];
}

function objects(schema: JsonSchema, example: Readonly<Record<string, unknown>>): readonly unknown[] {
  const fields = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  const required = (schema['required'] ?? []) as readonly string[];
  const least = Object.fromEntries(Object.entries(example).filter(([name]) => required.includes(name)));
  return [
    example,
    least,
    ...fields.flatMap(([name, field]) =>
      variants(field, example[name]).map((value) => ({ ...example, [name]: value })),
    ),
  ];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
