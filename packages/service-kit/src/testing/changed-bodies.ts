import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

/** A body that differs from another in one field. */
export interface ChangedBody {
  /** e.g. items[].quantity; metadata.* for what has names of its own */
  readonly field: string;
  readonly body: unknown;
}

/** Every field of the bodies that a schema takes, wherever it stands; of a list also the list. */
export function fieldsOf(schema: z.ZodType): readonly string[] {
  return [...new Set(fields(jsonSchemaOf(schema), ''))].toSorted();
}

/**
 * What a body can be changed into by one field at a time: each field with other values, left out, and there where it is
 * not. Only what the schema takes, and takes for something else than the body itself.
 */
export function changedBodies(schema: z.ZodType, body: unknown): readonly ChangedBody[] {
  const meant = JSON.stringify(schema.parse(body));
  return changes(jsonSchemaOf(schema), body, '').flatMap(({ field, value }) => {
    const parsed = schema.safeParse(value);
    return parsed.success && JSON.stringify(parsed.data) !== meant ? [{ field, body: value }] : [];
  });
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
}

const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  ((schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined) ?? [schema];
const propertiesOf = (schema: JsonSchema): readonly [string, JsonSchema][] =>
  Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
/** Of an object whose names are anybody's: what its values are. */
const othersOf = ({ additionalProperties: others }: JsonSchema): JsonSchema | undefined =>
  typeof others === 'object' && others !== null ? (others as JsonSchema) : undefined;

function fields(schema: JsonSchema, path: string): readonly string[] {
  return alternativesOf(schema).flatMap((one) => {
    if (one['type'] === 'array') return [path, ...fields(one['items'] as JsonSchema, `${path}[]`)];
    if (othersOf(one) !== undefined) return [`${path}.*`];
    if (one['type'] === 'object') return propertiesOf(one).flatMap(([name, field]) => fields(field, below(path, name)));
    return [path];
  });
}

interface Change {
  readonly field: string;
  readonly value: unknown;
}

function changes(schema: JsonSchema, value: unknown, path: string): readonly Change[] {
  return alternativesOf(schema).flatMap((one) => {
    if (Array.isArray(value)) return one['type'] === 'array' ? ofList(one['items'] as JsonSchema, value, path) : [];
    if (typeof value === 'object' && value !== null) {
      const all = value as Readonly<Record<string, unknown>>;
      const others = othersOf(one);
      return others === undefined ? ofObject(one, all, path) : ofNames(others, all, `${path}.*`);
    }
    return others(one, value).map((other) => ({ field: path, value: other }));
  });
}

function ofObject(schema: JsonSchema, value: Readonly<Record<string, unknown>>, path: string): readonly Change[] {
  return propertiesOf(schema).flatMap(([name, field]) => {
    const at = below(path, name);
    const { [name]: present, ...rest } = value;
    if (present === undefined) {
      // what is there now stands for every field in it
      return samples(field).flatMap((sample) =>
        fields(field, at).map((one) => ({ field: one, value: { ...value, [name]: sample } })),
      );
    }
    const inside = changes(field, present, at).map((one) => ({ ...one, value: { ...value, [name]: one.value } }));
    return [...inside, { field: othersOf(field) === undefined ? at : `${at}.*`, value: rest }];
  });
}

function ofNames(schema: JsonSchema, value: Readonly<Record<string, unknown>>, path: string): readonly Change[] {
  const [first] = Object.entries(value);
  const more = { ...value, another: samples(schema)[0] };
  if (first === undefined) return [{ field: path, value: more }];
  const [name, held] = first;
  const { [name]: _, ...rest } = value;
  const values = [more, rest, { ...rest, another: held }];
  const inside = changes(schema, held, path).map((one) => ({ ...value, [name]: one.value }));
  return [...values, ...inside].map((one) => ({ field: path, value: one }));
}

function ofList(items: JsonSchema, value: readonly unknown[], path: string): readonly Change[] {
  const inside = value.flatMap((item, index) =>
    changes(items, item, `${path}[]`).map((one) => ({ ...one, value: value.with(index, one.value) })),
  );
  const lists = [value.slice(1), [...value, ...value.slice(0, 1)], value.toReversed()];
  return [...inside, ...lists.map((list) => ({ field: path, value: list }))];
}

/** Other values than this; some of them may be none that the schema takes. */
function others(schema: JsonSchema, value: unknown): readonly unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'].filter((one) => one !== value).slice(0, 2);
  switch (typeof value) {
    case 'boolean':
      return [!value];
    case 'number':
      return [value + 1, value - 1];
    case 'string':
      // another end, of an id too, and more at it
      return [`${value.slice(0, -1)}${value.endsWith('7') ? '8' : '7'}`, `${value}7`];
    default:
      return [];
  }
}

/** Values of the schema, from nothing. */
function samples(schema: JsonSchema): readonly unknown[] {
  return alternativesOf(schema).flatMap((one): readonly unknown[] => {
    if ('const' in one) return [one['const']];
    if (Array.isArray(one['enum'])) return one['enum'].slice(0, 1);
    const values = othersOf(one);
    switch (one['type']) {
      case 'array':
        return samples(one['items'] as JsonSchema).map((item) => [item]);
      case 'object':
        return values === undefined
          ? [Object.fromEntries(propertiesOf(one).map(([name, field]) => [name, samples(field)[0]]))]
          : [{ another: samples(values)[0] }];
      case 'boolean':
        return [true, false];
      case 'integer':
      case 'number':
        return [0, 1];
      default:
        return ['x'];
    }
  });
}
