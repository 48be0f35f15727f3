import { PROBLEMS, problemSchema, type ProblemKind } from '@outrider/contracts';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';

/** The OpenAPI 3.1 document of a service, made from the schemas that check its requests. */
export function openApiOf(
  service: { readonly title: string; readonly version: string },
  endpoints: readonly EndpointDefinition[],
): ReturnType<typeof createDocument> {
  const paths: Record<string, ZodOpenApiPathsObject[string]> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/gu, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: service.title, version: service.version },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  });
}

function operationOf(endpoint: EndpointDefinition): ZodOpenApiOperationObject {
  const headers: Record<string, z.ZodType> = {};
  if (endpoint.idempotent === true) {
    headers['Idempotency-Key'] = z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/u)
      .describe('The same request with the same key has one effect');
  }
  if (endpoint.conditional === true) {
    headers['If-Match'] = z.string().optional().describe('An ETag as it was given: refuses when it has changed since');
  }
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    ...(endpoint.access !== 'anyone' && {
      security: [
        ...(endpoint.access.roles === undefined ? [] : [{ bearer: [] }]),
        ...(endpoint.access.scope === undefined ? [] : [{ apiKey: [] }]),
      ],
    }),
    requestParams: {
      ...(endpoint.params && { path: endpoint.params }),
      ...(endpoint.query instanceof z.ZodObject && { query: endpoint.query }),
      ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
    },
    ...(endpoint.body && {
      requestBody: { required: true, content: { 'application/json': { schema: endpoint.body } } },
    }),
    responses: { ...successes(endpoint), ...problems(endpoint) },
  };
}

function successes(endpoint: EndpointDefinition): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(endpoint.responses).map(([status, response]) => [
      status,
      {
        description: response.description,
        ...(response.body && { content: { 'application/json': { schema: response.body } } }),
        ...(response.headers && {
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, description]) => [
              name,
              { description, schema: { type: 'string' as const } },
            ]),
          ),
        }),
      },
    ]),
  );
}

function problems(endpoint: EndpointDefinition): ZodOpenApiResponsesObject {
  const kinds = new Set<ProblemKind>([
    'malformed',
    'unauthenticated',
    'too-many-requests',
    'internal',
    'unavailable',
    ...(endpoint.problems ?? []),
  ]);
  if (endpoint.access !== 'anyone') kinds.add('forbidden');
  if (endpoint.method !== 'GET') kinds.add('version-conflict');
  if (endpoint.body !== undefined || endpoint.rawBody === true)
    kinds.add('payload-too-large').add('unsupported-media-type');
  if (endpoint.idempotent === true) {
    kinds.add('idempotency-key-missing').add('idempotency-key-in-flight').add('idempotency-key-reused');
  }
  const byStatus = Map.groupBy([...kinds], (kind) => PROBLEMS[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((kind) => `${kind}: ${PROBLEMS[kind].title}`).join('; '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
