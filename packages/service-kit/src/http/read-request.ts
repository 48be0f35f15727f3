import { ProblemError, type Principal } from '@outrider/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorise } from './access.js';
import type { EndpointDefinition } from './endpoint.js';

type Parsed<T> = T extends z.ZodType ? z.infer<T> : undefined;

/** A request of an endpoint, checked. */
export interface RequestOf<D extends EndpointDefinition> {
  readonly params: Parsed<D['params']>;
  readonly query: Parsed<D['query']>;
  readonly body: Parsed<D['body']>;
  readonly principal: Principal;
  /** '' where the endpoint does not ask for one */
  readonly idempotencyKey: string;
  /** the version in If-Match, 0 when it is no possible version; undefined when none or * was given */
  readonly ifMatch: number | undefined;
  readonly headers: FastifyRequest['headers'];
  readonly raw: Buffer | undefined;
}

/** What the runtime adds to each request before a handler gets it. */
export interface RequestWithPrincipal extends FastifyRequest {
  principal?: Principal;
  /** why the credentials are invalid */
  refusal?: unknown;
  rawBodyBytes?: Buffer;
  /** how long it waited because its caller asked for it, ms */
  waitedMs?: number;
}

/** The draft's header is a quoted string; an unquoted one, as most clients send it, is accepted as well. */
export const IDEMPOTENCY_KEY = /^(?:[!#-~][!-~]{0,254}|"[!#-[\]-~]{1,255}")$/u;

/** An If-Match with one strong ETag, as it was given. */
const ETAG = /^"([1-9]\d{0,8})"$/u;
/** Of an endpoint without parameters. Made once: making a schema costs as much as all other checks of a request. */
const NO_QUERY = z.strictObject({});
/** No version: versions begin at 1. */
const NO_VERSION = 0;

/**
 * Checks the access to an endpoint, then reads and checks the request.
 * @throws ProblemError unauthenticated or forbidden for a caller who may not call; malformed for a wrong request
 */
export function readRequest<D extends EndpointDefinition>(definition: D, request: RequestWithPrincipal): RequestOf<D> {
  const principal = request.principal ?? { kind: 'nobody' };
  authorise(definition.access, principal);
  const errors: { path: string; message: string }[] = [];
  const read = (part: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues.slice(0, 20)) {
      errors.push({
        path: [part, ...issue.path.map(String)].join('.').slice(0, 200),
        message: issue.message.slice(0, 300),
      });
    }
    return undefined;
  };
  const params = read('path', definition.params, request.params);
  const query = read('query', definition.query ?? NO_QUERY, request.query);
  const body = definition.rawBody === true ? undefined : read('body', definition.body, request.body);
  const ifMatch = definition.conditional === true ? readIfMatch(request.headers['if-match']) : undefined;
  if (errors.length > 0) throw new ProblemError('malformed', errors[0]?.message, { errors });
  return {
    params: params as Parsed<D['params']>,
    query: query as Parsed<D['query']>,
    body: body as Parsed<D['body']>,
    principal,
    idempotencyKey: definition.idempotent === true ? readIdempotencyKey(request.headers['idempotency-key']) : '',
    ifMatch,
    headers: request.headers,
    raw: request.rawBodyBytes,
  };
}

function readIdempotencyKey(value: string | string[] | undefined): string {
  if (value === undefined || value === '') throw new ProblemError('idempotency-key-missing');
  if (typeof value !== 'string' || !IDEMPOTENCY_KEY.test(value)) {
    throw new ProblemError('malformed', 'Idempotency-Key must be 1 to 255 printable characters, in quotes or not');
  }
  return value.startsWith('"') ? value.slice(1, -1) : value;
}

/**
 * Anything but one strong ETag of ours matches nothing, as RFC 9110 says: a weak one, another server's, or several, of
 * which it is unknown which one was read.
 */
function readIfMatch(value: string | undefined): number | undefined {
  if (value === undefined || value === '*') return undefined;
  return Number(ETAG.exec(value)?.[1] ?? NO_VERSION);
}
