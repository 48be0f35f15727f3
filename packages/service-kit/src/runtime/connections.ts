import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits how many connections a server holds. Above the limit the connection that has been idle for longest is closed, so
 * that a client that opens thousands loses them again and others are served. Only when every connection waits for an
 * answer, the new one is refused.
 */
export class Connections {
  #open = 0;
  /** longest without a request first */
  readonly #idle = new Set<Socket>();
  readonly #answers = new WeakMap<Socket, ServerResponse>();

  /** @param onClosed is called for each connection that was closed for a new one, or refused */
  constructor(server: Server, max: number, onClosed: () => void) {
    server.on('connection', (socket: Socket) => {
      this.#open += 1;
      socket.once('close', () => {
        this.#open -= 1;
        this.#idle.delete(socket);
      });
      if (this.#open > max) {
        const [longest = socket] = this.#idle;
        this.#idle.delete(longest);
        longest.destroy();
        onClosed();
      }
      if (!socket.destroyed) this.#idle.add(socket);
    });
    server.on('request', ({ socket }: { socket: Socket }, response: ServerResponse) => {
      this.#idle.delete(socket);
      this.#answers.set(socket, response);
      response.once('close', () => {
        // not when a later request of the same connection is being answered
        if (this.#answers.get(socket) === response && !socket.destroyed) this.#idle.add(socket);
      });
    });
  }

  /** True while an answer is being written to this connection: nothing else may be. */
  isAnswering(socket: Socket): boolean {
    const answer = this.#answers.get(socket);
    return answer !== undefined && answer.headersSent && !answer.writableFinished;
  }
}
