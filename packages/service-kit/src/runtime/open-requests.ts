import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const LOOK_EVERY_MS = 50;
/** How long a closing server waits for the rest of a request: who had all of the request's time before is too slow. */
const REST_MS = 5_000;

/**
 * Knows which requests a server has not answered yet. Closing waits for those, and for nothing else: by itself Node
 * also waits for a connection whose client keeps it for a later request, when it was busy as the closing began, and for
 * one over which no request ever came. And it looks for slow senders no more, so that one could hold it for ever.
 */
export class OpenRequests {
  readonly #open = new Set<IncomingMessage>();

  constructor(
    private readonly server: Server,
    private readonly restMs = REST_MS,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#open.add(request);
      response.once('close', () => this.#open.delete(request));
    });
  }

  /** Runs `close`, which takes no new connections from the start, and ends those that no answer is due on. */
  async drain(close: () => Promise<void>): Promise<void> {
    const since = performance.now();
    const look = setInterval(() => {
      if (performance.now() - since > this.restMs) {
        for (const request of this.#open) if (!request.complete) request.socket.destroy();
      }
      if (this.#open.size === 0) this.server.closeAllConnections();
      else this.server.closeIdleConnections();
    }, LOOK_EVERY_MS);
    try {
      await close();
    } finally {
      clearInterval(look);
    }
  }
}
