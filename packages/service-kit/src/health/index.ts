import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';

/** Is one thing that the process needs to do its work there? Rejects with the reason when not. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<void>;
}

/** How a process feels. Live = its event loop turns; ready = what it needs to serve is there. */
export class Health {
  #closing = false;

  readonly #checks: ReadinessCheck[];

  constructor(checks: readonly ReadinessCheck[]) {
    this.#checks = [...checks];
  }

  /** Needs these as well. */
  add(...checks: readonly ReadinessCheck[]): void {
    this.#checks.push(...checks);
  }

  /** From now on not ready, so that no new request is sent here while the old ones end. */
  close(): void {
    this.#closing = true;
  }

  /** Each check's word, within `timeoutMs`. */
  async ready(timeoutMs = 2_000): Promise<{ ready: boolean; checks: Record<string, string> }> {
    if (this.#closing) return { ready: false, checks: { process: 'closing' } };
    const results = await Promise.all(
      this.#checks.map(async ({ name, check }): Promise<[string, string]> => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
        });
        try {
          await Promise.race([check(), late]);
          return [name, 'ok'];
        } catch (error) {
          return [name, error instanceof Error ? error.message : String(error)];
        } finally {
          clearTimeout(timer);
        }
      }),
    );
    return { ready: results.every(([, word]) => word === 'ok'), checks: Object.fromEntries(results) };
  }

  /** Adds GET /livez and GET /readyz. The public port tells only yes or no; the reasons, and which process it is, are for the admin port. */
  serve(app: FastifyInstance, verbose: boolean): void {
    app.get('/livez', { config: { rateLimit: false } }, async () => ({ status: 'ok' }));
    app.get('/readyz', { config: { rateLimit: false } }, async (_request, reply) => {
      const { ready, checks } = await this.ready();
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'ok' : 'not ready', ...(verbose ? { pid: process.pid, checks } : {}) });
    });
  }
}

/** More that the admin port serves than health and metrics. */
export interface AdminRoutes {
  /** called before the server listens */
  add(app: FastifyInstance): void;
  /** answers what the server refuses before any route is reached: an undecodable path, say */
  refuse(error: unknown, reply: FastifyReply): void;
  /** answers what is no request that a route could answer: headers that are too large, or not HTTP */
  clientError(error: { readonly code?: string }, socket: Socket): void;
  /** of all headers of a request */
  readonly headerBytes: number;
}

/** The port for those who run the process: health with reasons and metrics. Returns the server, listening. */
export async function startAdminServer(options: {
  readonly host: string;
  readonly port: number;
  readonly health: Health;
  readonly metrics: { metrics(): Promise<string>; readonly contentType: string };
  readonly more?: AdminRoutes;
}): Promise<FastifyInstance> {
  const { more } = options;
  const app = fastify({
    forceCloseConnections: true,
    // a key is part of a path, encoded: up to three times as long, of letters beyond ASCII nine times
    routerOptions: { maxParamLength: 10_000 },
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => {
      if (more === undefined) void reply.code(400).send({ status: 'malformed' });
      else more.refuse(error, reply);
    },
    ...(more && {
      http: { maxHeaderSize: more.headerBytes },
      clientErrorHandler: (error: { readonly code?: string }, socket: Socket) => more.clientError(error, socket),
    }),
  });
  options.health.serve(app, true);
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  );
  more?.add(app);
  await app.listen({ host: options.host, port: options.port });
  return app;
}
