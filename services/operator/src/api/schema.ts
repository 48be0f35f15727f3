import type { Json } from './objects.js';

/** A rule in CEL that the API server holds an object against, and what it says of one that breaks it. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  /** the field that the sentence is about, from the schema that has the rule */
  readonly fieldPath?: string;
  /** whether `oldSelf` is optional: the rule then also holds for an object that is made */
  readonly optionalOldSelf?: true;
}

declare const TYPE: unique symbol;

/**
 * The part of OpenAPI that a CustomResourceDefinition may be written in. Each kind is described once, in it: manifests,
 * the types of TypeScript and the reference for people are made of that.
 */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly enum?: readonly string[];
  readonly default?: Json;
  readonly format?: 'date-time' | 'int32' | 'int64';
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  /** never there: the type of what the schema says less about than TypeScript does */
  readonly [TYPE]?: unknown;
}

/** A schema whose values are of a type that it does not describe whole. */
export type SchemaOf<T> = Schema & { readonly [TYPE]: T };

/** Says of what type the values of a schema are, where the schema does not describe them whole. */
export function schemaOf<T>(schema: Schema): SchemaOf<T> {
  return schema as SchemaOf<T>;
}

/** The type of an object as the API server gives it back: with defaults, and without what is not given. */
export type FromSchema<S> = S extends { readonly [TYPE]: infer T }
  ? T
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly type: 'string' }
      ? string
      : S extends { readonly type: 'integer' }
        ? number
        : S extends { readonly type: 'boolean' }
          ? boolean
          : S extends { readonly type: 'array'; readonly items: infer I }
            ? readonly FromSchema<I>[]
            : S extends { readonly properties: infer P }
              ? { readonly [K in Given<S, P>]: FromSchema<P[K]> } & {
                  readonly [K in Exclude<keyof P, Given<S, P>>]?: FromSchema<P[K]>;
                }
              : S extends { readonly additionalProperties: infer V }
                ? Readonly<Record<string, FromSchema<V>>>
                : Json;

/** Names of the fields that are always there: those that are required, and those with a default. */
type Given<S, P> = {
  [K in keyof P]: P[K] extends { readonly default: unknown }
    ? K
    : S extends { readonly required: readonly (infer R)[] }
      ? K extends R
        ? K
        : never
      : never;
}[keyof P];
