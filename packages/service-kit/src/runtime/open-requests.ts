import type { Server, ServerResponse } from 'node:http';

const LOOK_EVERY_MS = 50;

/**
 * Knows which requests a server has not answered yet. Closing waits for those, and for nothing else: by itself Node
 * also waits for a connection whose client keeps it for a later request, when it was busy as the closing began, and for
 * one over which no request ever came.
 */
export class OpenRequests {
  #count = 0;

  constructor(private readonly server: Server) {
    server.on('request', (_request: unknown, response: ServerResponse) => {
      this.#count += 1;
      response.once('close', () => (this.#count -= 1));
    });
  }

  /** Runs `close`, which takes no new connections from the start, and ends those that no answer is due on. */
  async drain(close: () => Promise<void>): Promise<void> {
    const look = setInterval(() => {
      if (this.#count === 0) this.server.closeAllConnections();
      else this.server.closeIdleConnections();
    }, LOOK_EVERY_MS);
    try {
      await close();
    } finally {
      clearInterval(look);
    }
  }
}
