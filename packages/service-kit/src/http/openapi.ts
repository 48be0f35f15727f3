import { ProblemError, PROBLEMS, problemSchema, type ProblemKind } from '@outrider/contracts';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { IDEMPOTENCY_KEY, type Access, type EndpointDefinition } from './endpoint.js';

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

/** Who may call, for people to read: OpenAPI has no place for roles of a token. */
function mayCall(access: Access): string {
  if (access === 'anyone') return 'Anyone may call.';
  const { roles = [], scope } = access;
  const who = [
    ...(roles.length > 0 ? [`people with the role ${roles.join(' or ')}`] : []),
    ...(scope === undefined ? [] : [`services whose key has the scope ${scope}`]),
  ];
  return `For ${who.join(', and for ')}.`;
}

function operationOf(endpoint: EndpointDefinition): ZodOpenApiOperationObject {
  const headers: Record<string, z.ZodType> = {};
  if (endpoint.idempotent === true) {
    headers['Idempotency-Key'] = z
      .string()
      .regex(IDEMPOTENCY_KEY)
      .describe('The same request with the same key has one effect');
  }
  if (endpoint.conditional === true) {
    headers['If-Match'] = z
      .string()
      .optional()
      .describe('An ETag as it was given, or *: refused when it has changed since');
  }
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    description: mayCall(endpoint.access),
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
    ...(endpoint.rawBody === true && {
      requestBody: { required: true, content: { 'application/json': { schema: {} } } },
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
          headers: responseHeaders(response.headers),
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
    'request-timeout',
    'headers-too-large',
    'internal',
    'unavailable',
    ...(endpoint.problems ?? []),
  ]);
  if (endpoint.access !== 'anyone') kinds.add('forbidden');
  // a body that nobody asked for is looked at all the same
  if (endpoint.method !== 'GET') {
    kinds.add('version-conflict').add('payload-too-large').add('unsupported-media-type');
  }
  if (endpoint.idempotent === true) {
    kinds.add('idempotency-key-missing').add('idempotency-key-in-flight').add('idempotency-key-reused');
  }
  const byStatus = Map.groupBy([...kinds], (kind) => PROBLEMS[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((kind) => `${kind}: ${PROBLEMS[kind].title}`).join('; '),
        ...headersOf(ofStatus),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            examples: Object.fromEntries(ofStatus.map((kind) => [kind, { value: new ProblemError(kind).toProblem() }])),
          },
        },
      },
    ]),
  );
}

/** Headers that come with some problems; which, and not always, the description says. */
const PROBLEM_HEADERS: Partial<Record<ProblemKind, Readonly<Record<string, string>>>> = {
  unauthenticated: { 'WWW-Authenticate': 'How to say who you are' },
  'product-unknown': { 'Retry-After': 'Seconds after which the product may have come' },
  'idempotency-key-in-flight': { 'Retry-After': 'Seconds after which the first request may have ended' },
  'too-many-requests': { 'Retry-After': 'Seconds after which there is room again' },
  unavailable: { 'Retry-After': 'Seconds after which it may be there again' },
};

function headersOf(kinds: readonly ProblemKind[]) {
  const headers = Object.assign({}, ...kinds.map((kind) => PROBLEM_HEADERS[kind] ?? {})) as Record<string, string>;
  if (Object.keys(headers).length === 0) return {};
  return { headers: responseHeaders(headers) };
}

function responseHeaders(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' as const } }]),
  );
}
