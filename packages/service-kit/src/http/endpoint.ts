import type { ServerResponse } from 'node:http';
import { RequestMapping, RequestMethod, Req, Res } from '@nestjs/common';
import type { ProblemKind, Role } from '@outrider/contracts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { readRequest, type RequestOf, type RequestWithPrincipal } from './read-request.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Who may call: anyone; people with one of the roles; services whose key has the scope. */
export type Access =
  | 'anyone'
  | {
      readonly roles?: readonly Role[];
      readonly scope?: string;
      /** a customer sees only their own: the handler leaves another's out of a list, and answers not-found for one */
      readonly own?: true;
    };

/** What an endpoint answers with one status. */
export interface ResponseDefinition {
  readonly description: string;
  readonly body?: z.ZodType;
  /** by name; from response-headers.ts */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
}

/** One operation of the public or the admin port, defined once: its route, its checks and its documentation. */
export interface EndpointDefinition {
  readonly operationId: string;
  readonly method: Method;
  /** parameters are written :name */
  readonly path: string;
  /** what a caller does with it, as an order of a few words: 'Place an order' */
  readonly summary: string;
  /** what the summary leaves out, as sentences */
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** the Idempotency-Key header must be there */
  readonly idempotent?: boolean;
  /** an If-Match header is understood */
  readonly conditional?: boolean;
  /** the handler gets the body's bytes, not parsed: `body` and `headers` are for the documentation only */
  readonly rawBody?: boolean;
  /** headers that the handler reads itself */
  readonly headers?: z.ZodObject;
  /** the handler accepts signed requests only: the sender is identified by the signature */
  readonly signed?: true;
  readonly responses: Readonly<Record<number, ResponseDefinition>>;
  /** problems besides those that follow from the definition (malformed, unauthenticated, …) */
  readonly problems?: readonly ProblemKind[];
}

/** What a handler gives back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** how long of it the caller asked to wait, which is not time that the answer took; ms */
  readonly waitedMs?: number;
}

/** @param response of which `close` says that the answer was sent, or that its caller has gone */
type Handler<D extends EndpointDefinition> = (
  request: RequestOf<D>,
  response: Pick<ServerResponse, 'once'>,
) => Promise<Answer>;

const DEFINITION = Symbol('endpoint definition');

/** Keeps the definition's exact type, from which RequestOf is made. */
export function defineEndpoint<const D extends EndpointDefinition>(definition: D): D {
  return definition;
}

/**
 * Makes a controller's method the handler of an endpoint: it gets a RequestOf and returns an Answer. Callers who may not
 * call and malformed requests are refused before the method is called (readRequest).
 */
export function Endpoint<D extends EndpointDefinition>(definition: D) {
  return <H extends Handler<D>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<H>,
  ): void => {
    const handler = descriptor.value;
    if (handler === undefined) throw new TypeError(`${String(name)} is not a method`);
    async function route(this: unknown, request: RequestWithPrincipal, reply: FastifyReply): Promise<void> {
      const answer = await (handler as H).call(this, readRequest(definition, request), reply.raw);
      if (answer.waitedMs !== undefined) request.waitedMs = answer.waitedMs;
      void reply.code(answer.status).headers(answer.headers ?? {});
      if (answer.body === undefined || answer.body === null) await reply.send();
      else await reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
    }
    Reflect.defineMetadata(DEFINITION, definition, route);
    descriptor.value = route as unknown as H;
    Req()(target, name, 0);
    Res()(target, name, 1);
    RequestMapping({ path: definition.path, method: RequestMethod[definition.method] })(target, name, descriptor);
  };
}

/** The endpoints that these controllers handle. */
export function endpointsOf(controllers: readonly (abstract new (...args: never[]) => object)[]): EndpointDefinition[] {
  return controllers.flatMap((controller) => routesOf(controller.prototype).map(({ definition }) => definition));
}

/** Serves the endpoints of controllers on a server without Nest, by the same checks. */
export function serveEndpoints(fastify: FastifyInstance, controllers: readonly object[]): void {
  for (const controller of controllers) {
    for (const { definition, route } of routesOf(Object.getPrototypeOf(controller))) {
      fastify.route({
        method: definition.method,
        url: definition.path,
        handler: (request, reply) => route.call(controller, request, reply),
      });
    }
  }
}

type Route = (this: unknown, request: RequestWithPrincipal, reply: FastifyReply) => Promise<void>;

function routesOf(prototype: object): { readonly definition: EndpointDefinition; readonly route: Route }[] {
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const route: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (typeof route !== 'function') return [];
    const definition = Reflect.getMetadata(DEFINITION, route) as EndpointDefinition | undefined;
    return definition === undefined ? [] : [{ definition, route: route as Route }];
  });
}
