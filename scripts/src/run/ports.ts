import { createServer } from 'node:net';

/** A port that was wished for and could not be had. */
export interface MovedPort {
  readonly what: string;
  readonly wished: number;
  readonly given: number;
}

/** Gives out ports of this machine, each once: the one wished for, or else the next that is free. */
export class Ports {
  readonly moved: MovedPort[] = [];
  readonly #given = new Set<number>();

  /** @param what the port is for, told when it is another one */
  async take(what: string, wished: number): Promise<number> {
    for (let port = wished; port <= 65_535; port++) {
      if (this.#given.has(port) || !(await isFree(port))) continue;
      this.#given.add(port);
      if (port !== wished) this.moved.push({ what, wished, given: port });
      return port;
    }
    throw new RangeError(`no port from ${wished} upwards is free for ${what}`);
  }
}

/** Both must be free: a listener on all addresses does not stop one on 127.0.0.1 on every system, and the reverse. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port));
}

function canListen(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true, ...(host !== undefined && { host }) }, () =>
      server.close(() => resolve(true)),
    );
  });
}
