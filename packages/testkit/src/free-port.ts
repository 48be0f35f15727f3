import { createServer } from 'node:net';

const LOWEST = 15_000;
const HIGHEST = 29_999;

/** Test processes run side by side, each of which has its share of the ports: two could choose the same one at the same moment. */
const SHARES = 16;
/** Ports that this process was given: who asked may not listen yet. */
const given = new Set<number>();

/**
 * A TCP port on 127.0.0.1 that nothing listens on, and that was not given a short while ago.
 *
 * Chosen below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections, and below
 * Kubernetes' node ports (30000): a port from there could be taken between this answer and its use.
 */
export async function freePort(): Promise<number> {
  const [lowest, count] = share(process.env['JEST_WORKER_ID']);
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    if (given.size > count / 2) given.clear();
    // at once: others ask while this one is looked at
    given.add(port);
    if (await canListen(port)) return port;
  }
}

/** @param worker counts from 1; undefined outside of tests: any port */
function share(worker: string | undefined): readonly [lowest: number, count: number] {
  const all = HIGHEST - LOWEST + 1;
  if (worker === undefined) return [LOWEST, all];
  const count = Math.floor(all / SHARES);
  return [LOWEST + (Number(worker) % SHARES) * count, count];
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
