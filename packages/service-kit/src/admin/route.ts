import { ProblemError, type Principal } from '@outrider/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';

type Method = 'GET' | 'POST';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Parsed<S> = S extends z.ZodType ? z.infer<S> : undefined;

/** One operation for those who run the system. */
export interface RouteDefinition {
  readonly method: Method;
  readonly path: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

export interface RouteRequest<D extends RouteDefinition> {
  readonly params: Parsed<D['params']>;
  readonly query: Parsed<D['query']>;
  readonly body: Parsed<D['body']>;
  /** who asks */
  readonly by: string;
}

/** Finds out who is calling. @throws ProblemError unauthenticated */
export type PrincipalOf = (headers: FastifyRequest['headers']) => Promise<Principal>;

/** Adds routes that admins alone may call; other methods of their paths are refused by name. */
export class AdminRoutes {
  readonly #allowed = new Map<string, Method[]>();

  constructor(
    private readonly app: FastifyInstance,
    private readonly principalOf: PrincipalOf,
    private readonly asked: (what: { by: string; method: string; route: string; params: unknown }) => void,
  ) {}

  /** @param handle answers the body; `status` 200 unless told */
  add<const D extends RouteDefinition>(
    definition: D,
    handle: (request: RouteRequest<D>) => Promise<object>,
    status = 200,
  ): void {
    const { method, path } = definition;
    this.#allowed.set(path, [...(this.#allowed.get(path) ?? []), method]);
    this.app.route({
      method,
      url: path,
      // no HEAD of a GET: what it answers may be large, and nobody asks
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const by = await adminOf(this.principalOf, request);
        const read = readRequest(definition, request);
        if (method === 'POST') this.asked({ by, method, route: path, params: request.params });
        const body = await handle({ ...read, by } as RouteRequest<D>);
        return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
      },
    });
  }

  /** To be called when all are added. */
  refuseOtherMethods(): void {
    for (const [url, allowed] of this.#allowed) {
      this.app.route({
        method: METHODS.filter((method) => !allowed.some((one) => one === method)),
        url,
        handler: async (request) => {
          await adminOf(this.principalOf, request);
          throw new ProblemError('method-not-allowed', undefined, {}, { allow: allowed.join(', ') });
        },
      });
    }
  }
}

async function adminOf(principalOf: PrincipalOf, request: FastifyRequest): Promise<string> {
  const principal = await principalOf(request.headers);
  if (principal.kind === 'nobody') throw new ProblemError('unauthenticated');
  if (principal.kind !== 'person' || !principal.roles.includes('admin')) throw new ProblemError('forbidden');
  return principal.id;
}

function readRequest(definition: RouteDefinition, request: FastifyRequest): object {
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
  const query = read('query', definition.query, request.query);
  const body = read('body', definition.body, request.body);
  if (errors.length > 0) throw new ProblemError('malformed', errors[0]?.message, { errors });
  return { params, query, body };
}
