import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const LOOK_EVERY_MS = 50;
/** How long a closing server waits for the rest of a request that it has received in part. */
const REST_MS = 5_000;

/**
 * Knows which requests a server has not answered yet, and ends a server without losing one.
 *
 * Closing waits for those, and for nothing else. Node itself also waits for a keep-alive connection that was busy when
 * the closing began, and for one that never had a request; and it no longer checks for slow senders, so that one could
 * hold it forever.
 */
export class OpenRequests {
  readonly #open = new Map<IncomingMessage, ServerResponse>();
  #lingering = false;

  constructor(
    private readonly server: Server,
    private readonly restMs = REST_MS,
  ) {
    // before the server's own listener, which may answer at once
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.#lingering) sayClose(response);
      this.#open.set(request, response);
      response.once('close', () => this.#open.delete(request));
    });
  }

  /**
   * Lets callers leave their connections: serves on, and each answer says that its connection is closed after it. A
   * connection that is closed without that may carry a request already, which is lost then, and only its sender knows
   * whether it can be sent again. Ends when no connection is left, or after `ms`: what was idle for so long is unlikely
   * to be used in the very moment in which it is closed.
   */
  async linger(ms: number): Promise<void> {
    this.#lingering = true;
    for (const response of this.#open.values()) sayClose(response);
    const since = performance.now();
    const connections = promisify(this.server.getConnections.bind(this.server));
    while ((await connections()) > 0 && performance.now() - since < ms) await sleep(LOOK_EVERY_MS);
  }

  /** Runs `close`, which accepts no new connections, and closes those on which no answer is due. */
  async drain(close: () => Promise<void>): Promise<void> {
    const since = performance.now();
    const look = setInterval(() => {
      if (performance.now() - since > this.restMs) {
        for (const request of this.#open.keys()) if (!request.complete) request.socket.destroy();
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

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
