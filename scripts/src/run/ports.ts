import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';

/** Something that wants a port, and which one it would like. */
export interface PortWish {
  readonly what: string;
  readonly wished: number;
}

/** Who has a port: somebody who chose it by choosePorts, or anybody else. */
export type Holder = 'another run' | 'another program';

/** A port that was wished for and could not be had. */
export interface MovedPort extends PortWish {
  readonly given: number;
  /** who has the one that was wished for */
  readonly takenBy: Holder;
}

/** Ports that no other caller is given, in any process of this machine, until this is disposed of or the process ends. */
export interface GivenPorts extends AsyncDisposable {
  /** by what it is for */
  readonly ports: ReadonlyMap<string, number>;
  readonly moved: readonly MovedPort[];
}

const HIGHEST = 65_535;

/**
 * Gives everyone the port wished for, or the next free one that nobody else wishes for.
 *
 * Between this answer and the moment at which a started process listens, seconds pass: the UDP port of the same number
 * is bound meanwhile, and says to others who choose that the number is taken. The system lets it go with the process,
 * however that ends.
 *
 * @throws RangeError when there is none
 */
export async function choosePorts(wishes: readonly PortWish[]): Promise<GivenPorts> {
  await using held = new AsyncDisposableStack();
  const ports = new Map<string, number>();
  const moved: MovedPort[] = [];
  const spokenFor = new Set(wishes.map(({ wished }) => wished));
  for (const { what, wished } of wishes) {
    const takenBy = await take(wished, held);
    let given = wished;
    if (takenBy !== undefined) {
      do {
        if (++given > HIGHEST) throw new RangeError(`No port from ${wished} upwards is free for ${what}.`);
      } while (spokenFor.has(given) || (await take(given, held)) !== undefined);
      moved.push({ what, wished, given, takenBy });
    }
    spokenFor.add(given);
    ports.set(what, given);
  }
  const kept = held.move();
  return { ports, moved, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Holds the port until `held` is disposed of, or answers who listens there, or is about to. */
async function take(port: number, held: AsyncDisposableStack): Promise<Holder | undefined> {
  const socket = await bindUdp(port);
  if (socket === undefined) return 'another run';
  if (await isFree(port)) {
    held.defer(() => socket[Symbol.asyncDispose]());
    return undefined;
  }
  await socket[Symbol.asyncDispose]();
  return 'another program';
}

function bindUdp(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => resolve(undefined));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket));
  });
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
