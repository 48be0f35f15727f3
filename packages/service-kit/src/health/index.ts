import type { Server } from 'node:http';
import { fastify, type FastifyHttpOptions, type FastifyInstance, type FastifyReply } from 'fastify';

/** A connection without traffic in either direction is closed after this. */
const STILL_MS = 30_000;

/** A check of one thing that the process needs for its work. Rejects with the reason when it is not there. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<void>;
}

/** Liveness and readiness of a process. Live: its event loop runs. Ready: everything that it needs is there. */
export class Health {
  #closing = false;

  readonly #checks: ReadinessCheck[];

  constructor(checks: readonly ReadinessCheck[]) {
    this.#checks = [...checks];
  }

  /** Adds readiness checks. */
  add(...checks: readonly ReadinessCheck[]): void {
    this.#checks.push(...checks);
  }

  /** From now on not ready, so that no new requests are sent here while the current ones end. */
  close(): void {
    this.#closing = true;
  }

  /** The result of each check, `ok` or why not, within `timeoutMs`. */
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
    return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
  }

  /** Adds GET /livez and GET /readyz. `verbose` shows reasons and the process id, for the admin port. */
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

/**
 * The admin port of a process: health with reasons, and metrics. Does not listen yet.
 * @param server further settings of the server
 */
export function createAdminServer(
  health: Health,
  metrics: { metrics(): Promise<string>; readonly contentType: string },
  server: FastifyHttpOptions<Server> = {},
): FastifyInstance {
  const app = fastify({
    forceCloseConnections: true,
    // also of a scrape whose answer is not read
    connectionTimeout: STILL_MS,
    // a key is part of a path, encoded: up to three times as long, of letters beyond ASCII nine times
    routerOptions: { maxParamLength: 10_000 },
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) =>
      void reply.code(400).send({ status: 'malformed' }),
    ...server,
  });
  health.serve(app, true);
  // writing the text down costs milliseconds: those who ask meanwhile share it, so that a crowd costs what one does
  let text: Promise<string> | undefined;
  const shared = () => (text ??= metrics.metrics().finally(() => (text = undefined)));
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await shared()));
  return app;
}
