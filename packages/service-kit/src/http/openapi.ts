import { examplesOf, problemSchema } from '@outrider/contracts';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiMediaTypeObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';
import { parametersOf } from './openapi-parameters.js';
import { problemsOf } from './openapi-problems.js';
import { RATE_HEADERS } from './response-headers.js';

/** The description of every document: what holds for all operations. */
const FOR_ALL = `Amounts are whole numbers in the currency’s minor unit: 890 in EUR is € 8.90. Ids are UUIDv7 in lower case, times UTC.

Every error is \`application/problem+json\` (RFC 9457). Its \`type\` is stable and is the path of a page that says what it means and whether to try again. An unknown path is answered with 404; a method that a path does not have with 405, and \`Allow\` lists the methods that it has. Each GET is also a HEAD.

A list is read in pages: while \`has_more\` is true, ask again with the id of the last item as \`starting_after\`.`;

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
    info: { title: service.title, version: service.version, description: FOR_ALL },
    // wherever the document was read from
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The token of a person: `Authorization: Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6…`',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Api-Key',
          description: 'The key of a service: `X-Api-Key: outrider_Zk3v…`, as `scripts/api-key make` shows it once',
        },
      },
    },
  });
}

/** Who may call, as text: OpenAPI has no field for the roles of a token. */
function mayCall({ access, signed }: EndpointDefinition): string {
  if (signed === true) return 'For senders that sign the body.';
  if (access === 'anyone') return 'Anyone may call.';
  const { roles = [], scope, own } = access;
  const who = [
    ...(roles.length > 0 ? [`people with the role ${roles.join(' or ')}`] : []),
    ...(scope === undefined ? [] : [`services whose key has the scope ${scope}`]),
  ];
  return `For ${who.join(', and for ')}.${own === true ? ' Customers see only their own.' : ''}`;
}

/** Operations are grouped by the first part of their path: orders, products, dead-letters. */
function tagOf({ path }: EndpointDefinition): string {
  return path.split('/')[1] ?? '';
}

function operationOf(endpoint: EndpointDefinition): ZodOpenApiOperationObject {
  return {
    operationId: endpoint.operationId,
    tags: [tagOf(endpoint)],
    summary: endpoint.summary,
    description: [endpoint.description, mayCall(endpoint)].filter((text) => text !== undefined).join(' '),
    ...(endpoint.access !== 'anyone' && {
      security: [
        ...(endpoint.access.roles === undefined ? [] : [{ bearer: [] }]),
        ...(endpoint.access.scope === undefined ? [] : [{ apiKey: [] }]),
      ],
    }),
    requestParams: parametersOf(endpoint),
    ...(endpoint.body && { requestBody: { required: true, content: { 'application/json': shown(endpoint.body) } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(endpoint.responses).map(([status, { description, body, headers }]) => [
          status,
          {
            description,
            headers: z.object({ ...headers, ...RATE_HEADERS }),
            ...(body && { content: { 'application/json': shown(body) } }),
          },
        ]),
      ),
      ...problemsOf(endpoint),
    },
  };
}

/** A body with its examples. */
function shown(schema: z.ZodType): ZodOpenApiMediaTypeObject {
  const examples = Object.entries(examplesOf(schema)).map(([name, value]) => [name, { value }] as const);
  return { schema, ...(examples.length > 0 && { examples: Object.fromEntries(examples) }) };
}
