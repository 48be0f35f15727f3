import { createServer } from 'node:net';

const LOWEST = 15_000;
const HIGHEST = 29_999;

/**
 * A TCP port on 127.0.0.1 that nothing listens on.
 *
 * Chosen below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections, and below
 * Kubernetes' node ports (30000): a port from there could be taken between this answer and its use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
