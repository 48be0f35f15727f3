import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';
import { IDEMPOTENCY_KEY } from './read-request.js';

const idempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY)
  .meta({
    description: 'Made for this one intent; the same request with the same key has one effect, however often it comes',
    examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
  });

const ifMatch = z
  .string()
  .optional()
  .meta({ description: 'An ETag as it was given, or *: refused when it has changed since', examples: ['"3"'] });

/** What an operation is told beside its body, each with its example. */
export function parametersOf(endpoint: EndpointDefinition): NonNullable<ZodOpenApiOperationObject['requestParams']> {
  const headers = {
    ...endpoint.headers?.shape,
    ...(endpoint.idempotent === true && { 'Idempotency-Key': idempotencyKey }),
    ...(endpoint.conditional === true && { 'If-Match': ifMatch }),
  };
  return {
    ...(endpoint.params && { path: withExampleOfEach(endpoint.params.shape) }),
    ...(endpoint.query instanceof z.ZodObject && { query: withExampleOfEach(endpoint.query.shape) }),
    ...(Object.keys(headers).length > 0 && { header: withExampleOfEach(headers) }),
  };
}

/** A parameter shows its example by itself, too: readers of documents look for it there and not in its schema. */
function withExampleOfEach(shape: Readonly<Record<string, z.core.$ZodType>>): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(shape).map(([name, schema]) => {
        const { examples: [example] = [], param } = z.globalRegistry.get(schema) ?? {};
        const known = schema as z.ZodType;
        return [name, example === undefined ? known : known.meta({ param: { ...param, example } })];
      }),
    ),
  );
}
