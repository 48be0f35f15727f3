import type { Schema } from '@outrider/operator/api';
import { z } from 'zod';

/**
 * Values that a chart hands on to a kind of the operator's, held against its schema as far as Helm can: what the API server
 * refuses only when it is written, it refuses in the middle of an upgrade. Defaults are the API server's.
 * @param isPart whether the chart may give the rest, or nothing of it is given
 */
export function valuesOfKind(schema: Schema, isPart = true): z.ZodType {
  switch (schema.type) {
    case 'object': {
      const required = new Set(isPart ? [] : schema.required);
      const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
        const value = valuesOfKind(field, false);
        return [name, required.has(name) ? value : value.optional()] as const;
      });
      return z.strictObject(Object.fromEntries(fields));
    }
    case 'array':
      return listOf(schema);
    case 'string':
      return textOf(schema);
    case 'integer':
      return z
        .int()
        .min(schema.minimum ?? Number.MIN_SAFE_INTEGER)
        .max(schema.maximum ?? Number.MAX_SAFE_INTEGER);
    case 'boolean':
      return z.boolean();
  }
}

function listOf({ items, minItems = 0, maxItems }: Schema): z.ZodType {
  const list = z.array(items === undefined ? z.unknown() : valuesOfKind(items, false)).min(minItems);
  return maxItems === undefined ? list : list.max(maxItems);
}

function textOf({ enum: names, pattern, minLength = 0, maxLength }: Schema): z.ZodType {
  if (names !== undefined) return z.enum(names);
  let text = z.string().min(minLength);
  if (maxLength !== undefined) text = text.max(maxLength);
  return pattern === undefined ? text : text.regex(new RegExp(pattern, 'u'));
}
