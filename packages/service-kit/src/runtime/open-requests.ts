import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const LOOK_EVERY_MS = 50;
/** How long a closing server waits for the rest of a request that it has received in part. */
const REST_MS = 5_000;

/**
 * Knows which requests a server has not answered yet. Closing waits for those, and for nothing else. Node itself also
 * waits for a keep-alive connection that was busy when the closing began, and for one that never had a request; and it no
 * longer checks for slow senders, so that one could hold it forever.
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

  /** Runs `close`, which accepts no new connections, and closes those on which no answer is due. */
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
