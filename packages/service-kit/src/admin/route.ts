import { ProblemError, type Principal, type ProblemKind } from '@outrider/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';

type Method = 'GET' | 'POST';

type Parsed<S> = S extends z.ZodType ? z.infer<S> : undefined;

/** One operation for those who run the system, said as the operations of services are. */
export interface RouteDefinition {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly access: { readonly roles: readonly ['admin'] };
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** the one status of success */
  readonly responses: Readonly<Record<number, { readonly description: string; readonly body: z.ZodType }>>;
  readonly problems?: readonly ProblemKind[];
}

interface ReadRequest<D extends RouteDefinition> {
  readonly params: Parsed<D['params']>;
  readonly query: Parsed<D['query']>;
  readonly body: Parsed<D['body']>;
  readonly principal: Principal;
}

export interface RouteRequest<D extends RouteDefinition> {
  readonly params: Parsed<D['params']>;
  readonly query: Parsed<D['query']>;
  readonly body: Parsed<D['body']>;
  /** who asks */
  readonly by: string;
}

/** What every port does with a request before it is handled. */
export interface RequestGate {
  /** Finds out who is calling. @throws ProblemError unauthenticated when the credentials are no good */
  identify(request: FastifyRequest): Promise<void>;
  /** Reads it. @throws ProblemError for who may not, and for what is malformed */
  read<D extends RouteDefinition>(definition: D, request: FastifyRequest): ReadRequest<D>;
}

/** Adds the routes; other methods of their paths are refused by name. */
export class AdminRoutes {
  readonly #allowed = new Map<string, Method[]>();

  constructor(
    private readonly app: FastifyInstance,
    private readonly gate: RequestGate,
    private readonly asked: (what: { by: string; method: string; route: string; params: unknown }) => void,
  ) {}

  /** @param handle answers the body */
  add<const D extends RouteDefinition>(definition: D, handle: (request: RouteRequest<D>) => Promise<object>): void {
    const { method, path } = definition;
    const [status] = Object.keys(definition.responses);
    this.#allowed.set(path, [...(this.#allowed.get(path) ?? []), method]);
    this.app.route({
      method,
      url: path,
      // before the body is read: who is not known has none of it looked at
      preParsing: async (request) => this.gate.identify(request),
      handler: async (request, reply) => {
        const { principal, params, query, body } = this.gate.read(definition, request);
        // what is discarded or replayed is kept with the name of who did it, which a key has none of
        if (principal.kind !== 'person') throw new ProblemError('unauthenticated');
        const { id: by } = principal;
        if (method === 'POST') this.asked({ by, method, route: path, params: request.params });
        const answer = await handle({ params, query, body, by });
        return reply.code(Number(status)).type('application/json; charset=utf-8').send(JSON.stringify(answer));
      },
    });
  }

  /** To be called when all are added. */
  refuseOtherMethods(): void {
    for (const [url, methods] of this.#allowed) {
      // the server answers HEAD wherever it answers GET
      const answered: readonly string[] = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
      const allow = [...answered].sort().join(', ');
      this.app.route({
        method: this.app.supportedMethods.filter((method) => !answered.includes(method)),
        url,
        onRequest: async () => {
          throw new ProblemError('method-not-allowed', undefined, {}, { allow });
        },
        handler: async () => undefined,
      });
    }
  }
}
