import { createServer } from 'node:net';

/** Something that wants a port, and which one it would like. */
export interface PortWish {
  readonly what: string;
  readonly wished: number;
}

/** A port that was wished for and could not be had. */
export interface MovedPort extends PortWish {
  readonly given: number;
}

export interface GivenPorts {
  /** by what it is for */
  readonly ports: ReadonlyMap<string, number>;
  readonly moved: readonly MovedPort[];
}

const HIGHEST = 65_535;

/**
 * Gives everyone the port wished for, or the next free one that nobody else wishes for.
 *
 * @throws RangeError when there is none
 */
export async function choosePorts(wishes: readonly PortWish[]): Promise<GivenPorts> {
  const ports = new Map<string, number>();
  const moved: MovedPort[] = [];
  const spokenFor = new Set(wishes.map(({ wished }) => wished));
  for (const { what, wished } of wishes) {
    let given = wished;
    while (!(given === wished || !spokenFor.has(given)) || !(await isFree(given))) {
      if (++given > HIGHEST) throw new RangeError(`No port from ${wished} upwards is free for ${what}.`);
    }
    spokenFor.add(given);
    ports.set(what, given);
    if (given !== wished) moved.push({ what, wished, given });
  }
  return { ports, moved };
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
