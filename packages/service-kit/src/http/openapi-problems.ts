import { exampleProblem, PROBLEMS, problemSchema, type ProblemKind } from '@outrider/contracts';
import { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import type { EndpointDefinition } from './endpoint.js';
import { PROBLEM_HEADERS, RATE_HEADERS } from './response-headers.js';

/** Problems of any operation, also before the request reaches it. */
const ALWAYS: readonly ProblemKind[] = [
  'malformed',
  'unauthenticated',
  'too-many-requests',
  'request-timeout',
  'headers-too-large',
  'internal',
  'unavailable',
];

/** Problems of a body, which is read even where none is expected; and of two concurrent changes. */
const OF_A_CHANGE: readonly ProblemKind[] = ['payload-too-large', 'unsupported-media-type', 'version-conflict'];

const OF_A_KEY: readonly ProblemKind[] = [
  'idempotency-key-missing',
  'idempotency-key-in-flight',
  'idempotency-key-reused',
];

/** Answers that are sent before a request is counted. */
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

/** A header of one kind is optional where another kind of the same status does not have it. */
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
