import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';
import { IDEMPOTENCY_KEY } from './read-request.js';

const idempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY)
  .meta({
    description:
      'A key of your own for this one intent. The same request with the same key has one effect, however often it is sent',
    examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
  });

const ifMatch = z
  .string()
  .optional()
  .meta({
    description: 'The ETag of an earlier answer, or *. The request is refused when the resource has changed since',
    examples: ['"3"'],
  });

/** The parameters and headers of an operation, each with its example. */
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

/** Adds the example to the parameter itself: tools look for it there and not in its schema. */
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
