import { exampleProblem, PROBLEMS, problemSchema, type ProblemKind } from '@outrider/contracts';
import { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';
import { PROBLEM_HEADERS, RATE_HEADERS } from './response-headers.js';

/** What any operation may be answered with; the request need not even have reached it. */
const ALWAYS: readonly ProblemKind[] = [
  'malformed',
  'unauthenticated',
  'too-many-requests',
  'request-timeout',
  'headers-too-large',
  'internal',
  'unavailable',
];

/** What comes of a body; one that nobody asked for is looked at all the same. And two at once at the same thing. */
const OF_A_CHANGE: readonly ProblemKind[] = ['payload-too-large', 'unsupported-media-type', 'version-conflict'];

const OF_A_KEY: readonly ProblemKind[] = [
  'idempotency-key-missing',
  'idempotency-key-in-flight',
  'idempotency-key-reused',
];

/** These answers are given before a request is counted. */
const UNCOUNTED: ReadonlySet<number> = new Set([408, 431]);

/** Every kind of problem that an operation can be answered with. */
export function problemKindsOf(endpoint: EndpointDefinition): ReadonlySet<ProblemKind> {
  return new Set<ProblemKind>([
    ...ALWAYS,
    ...(endpoint.access === 'anyone' ? [] : (['forbidden'] as const)),
    ...(endpoint.method === 'GET' ? [] : OF_A_CHANGE),
    ...(endpoint.idempotent === true ? OF_A_KEY : []),
    ...(endpoint.problems ?? []),
  ]);
}

/** The problems of an operation, by their status. */
export function problemsOf(endpoint: EndpointDefinition): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(problemKindsOf(endpoint), (kind) => PROBLEMS[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [
      status,
      {
        description: kinds.map((kind) => `${kind}: ${PROBLEMS[kind].title}`).join('; '),
        headers: z.object({ ...headersOf(kinds), ...(!UNCOUNTED.has(status) && RATE_HEADERS) }),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            examples: Object.fromEntries(kinds.map((kind) => [kind, { value: exampleProblem(kind).toProblem() }])),
          },
        },
      },
    ]),
  );
}

/** What comes with one kind and not with another of the same status need not be there. */
function headersOf(kinds: readonly ProblemKind[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    kinds.flatMap((kind) =>
      Object.entries(PROBLEM_HEADERS[kind] ?? {}).map(([name, schema]) => [
        name,
        kinds.length === 1 ? schema : schema.optional().meta({ ...z.globalRegistry.get(schema) }),
      ]),
    ),
  );
}
