import { RequestMapping, RequestMethod, Req, Res } from '@nestjs/common';
import { ProblemError, type Principal, type ProblemKind, type Role } from '@outrider/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorise } from './access.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Who may call: anyone; people with one of the roles; services whose key has the scope. */
export type Access =
  | 'anyone'
  | {
      readonly roles?: readonly Role[];
      readonly scope?: string;
      /** a customer meets their own things alone: the handler leaves another's out of a list, and does not find it */
      readonly own?: true;
    };

/** What an endpoint answers with one status. */
export interface ResponseDefinition {
  readonly description: string;
  readonly body?: z.ZodType;
  /** by name; from response-headers.ts */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
}

/** One operation of a service, said once: the route, its checks and its documentation all come from here. */
export interface EndpointDefinition {
  readonly operationId: string;
  readonly method: Method;
  /** parameters are written :name */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** the Idempotency-Key header must be there */
  readonly idempotent?: boolean;
  /** an If-Match header is understood */
  readonly conditional?: boolean;
  /** the handler gets the body's bytes, unread: `body` and `headers` only say what there may be */
  readonly rawBody?: boolean;
  /** headers that the handler looks at by itself */
  readonly headers?: z.ZodObject;
  /** whoever calls, the handler takes only what is signed: the sender is known by that */
  readonly signed?: true;
  readonly responses: Readonly<Record<number, ResponseDefinition>>;
  /** problems besides those that follow from the definition (malformed, unauthenticated, …) */
  readonly problems?: readonly ProblemKind[];
}

type Parsed<T> = T extends z.ZodType ? z.infer<T> : undefined;

/** A request of an endpoint, checked. */
export interface RequestOf<D extends EndpointDefinition> {
  readonly params: Parsed<D['params']>;
  readonly query: Parsed<D['query']>;
  readonly body: Parsed<D['body']>;
  readonly principal: Principal;
  /** '' where the endpoint does not ask for one */
  readonly idempotencyKey: string;
  /** the version in If-Match, 0 when it is none that a thing can be at; undefined when none or * was given */
  readonly ifMatch: number | undefined;
  readonly headers: FastifyRequest['headers'];
  readonly raw: Buffer | undefined;
}

/** What a handler gives back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Handler<D extends EndpointDefinition> = (request: RequestOf<D>) => Promise<Answer>;

const DEFINITION = Symbol('endpoint definition');

/** Keeps the definition's exact type, from which RequestOf is made. */
export function defineEndpoint<const D extends EndpointDefinition>(definition: D): D {
  return definition;
}

/** What the runtime puts onto each request before a handler sees it. */
export interface RequestWithPrincipal extends FastifyRequest {
  principal?: Principal;
  /** why the credentials were no good */
  refusal?: unknown;
  rawBodyBytes?: Buffer;
}

/**
 * Makes a controller's method the handler of an endpoint: it gets a RequestOf and gives an Answer. Refuses, before
 * the method is called, who may not and what is malformed.
 */
export function Endpoint<D extends EndpointDefinition>(definition: D) {
  return (target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<Handler<D>>): void => {
    const handler = descriptor.value;
    if (handler === undefined) throw new TypeError(`${String(name)} is not a method`);
    async function route(this: unknown, request: RequestWithPrincipal, reply: FastifyReply): Promise<void> {
      const answer = await (handler as Handler<D>).call(this, readRequest(definition, request));
      void reply.code(answer.status).headers(answer.headers ?? {});
      if (answer.body === undefined || answer.body === null) await reply.send();
      else await reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
    }
    Reflect.defineMetadata(DEFINITION, definition, route);
    descriptor.value = route as unknown as Handler<D>;
    Req()(target, name, 0);
    Res()(target, name, 1);
    RequestMapping({ path: definition.path, method: RequestMethod[definition.method] })(target, name, descriptor);
  };
}

/** The endpoints that these controllers handle. */
export function endpointsOf(controllers: readonly (abstract new (...args: never[]) => object)[]): EndpointDefinition[] {
  return controllers.flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
      const value: unknown = Object.getOwnPropertyDescriptor(controller.prototype, name)?.value;
      if (typeof value !== 'function') return [];
      const definition = Reflect.getMetadata(DEFINITION, value) as EndpointDefinition | undefined;
      return definition === undefined ? [] : [definition];
    }),
  );
}

/** The draft's header is a quoted string; a bare one, as most clients send it, is taken as well. */
export const IDEMPOTENCY_KEY = /^(?:[!#-~][!-~]{0,254}|"[!#-[\]-~]{1,255}")$/u;

/** An If-Match with one strong ETag, as it was given. */
const ETAG = /^"([1-9]\d{0,8})"$/u;
/** What no thing is at: versions begin at 1. */
const NO_VERSION = 0;

/**
 * Reads a request of an endpoint.
 * @throws ProblemError unauthenticated or forbidden for who may not, before malformed for what is wrong with it
 */
export function readRequest<D extends EndpointDefinition>(definition: D, request: RequestWithPrincipal): RequestOf<D> {
  const principal = request.principal ?? { kind: 'nobody' };
  authorise(definition.access, principal);
  const errors: { path: string; message: string }[] = [];
  const read = (place: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues.slice(0, 20)) {
      errors.push({
        path: [place, ...issue.path.map(String)].join('.').slice(0, 200),
        message: issue.message.slice(0, 300),
      });
    }
    return undefined;
  };
  const params = read('path', definition.params, request.params);
  const query = read('query', definition.query ?? z.strictObject({}), request.query);
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
 * Whatever is not the one ETag that was given matches nothing, as RFC 9110 has it: a weak one, another server's, or
 * several, of which which one was read is not clear.
 */
function readIfMatch(value: string | undefined): number | undefined {
  if (value === undefined || value === '*') return undefined;
  return Number(ETAG.exec(value)?.[1] ?? NO_VERSION);
}
