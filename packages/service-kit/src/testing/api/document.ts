import { z } from 'zod';

/** An OpenAPI document, as far as tests read it. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: unknown;
}
export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseOf>>;
}
export interface Parameter extends Described {
  readonly in: string;
  readonly name: string;
}
export interface ResponseOf {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Described>>;
  readonly content?: Content;
}
/** A parameter or a header. */
interface Described {
  readonly description?: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: Schema;
}
type Content = Readonly<
  Record<string, { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>
>;
type Schema = Readonly<Record<string, unknown>>;

/** An operation with where it is. */
export interface Located {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** Every operation of a document, what it refers to put in its place. */
export function operationsOf(document: ApiDocument): readonly Located[] {
  const { paths } = withoutReferences(document, document) as ApiDocument;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

const READERS = new WeakMap<Schema, z.ZodType>();

/** Why a value does not fit a schema of the document; undefined when it does. Nothing but the document is asked. */
export function misfit(schema: Schema, value: unknown): string | undefined {
  const reader = READERS.get(schema) ?? z.fromJSONSchema(schema);
  READERS.set(schema, reader);
  const result = reader.safeParse(value);
  return result.success ? undefined : z.prettifyError(result.error);
}

function withoutReferences(value: unknown, document: ApiDocument): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutReferences(one, document));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value && typeof value.$ref === 'string') {
    const way = value.$ref.slice('#/'.length).split('/');
    const target = way.reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>>)[name], document);
    return withoutReferences(target, document);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutReferences(one, document)]));
}
