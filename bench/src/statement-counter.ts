import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const POSTGRES_PORT = 5_432;
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** Frontend messages that make the server do something: a simple query, and the execution of an extended one. */
const STATEMENTS: ReadonlySet<string> = new Set(['Q', 'E']);

/**
 * Stands between a client and PostgreSQL and counts what the client asks. The server's own count of transactions has those
 * of autovacuum in it, which visits each database in turn.
 */
export class StatementCounter implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  #count = 0;

  private constructor(
    private readonly server: Server,
    /** what is to be given to the client */
    readonly url: string,
  ) {}

  static async open(postgresUrl: string): Promise<StatementCounter> {
    const target = new URL(postgresUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(postgresUrl);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    const counter = new StatementCounter(server, url.href);
    server.on('connection', (client) => {
      const upstream = connect(Number(target.port) || POSTGRES_PORT, target.hostname);
      counter.#join(client, upstream);
    });
    return counter;
  }

  /** statements since it was opened, over all connections */
  get count(): number {
    return this.#count;
  }

  #join(client: Socket, upstream: Socket): void {
    const look = statementsOf();
    client.on('data', (bytes) => {
      this.#count += look(bytes);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => client.write(bytes));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Counts the statements in what a client sends on a connection, piece by piece. */
export function statementsOf(): (bytes: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0);
  // the first message has no type
  let begun = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let statements = 0;
    for (;;) {
      const header = begun ? HEADER_BYTES : LENGTH_BYTES;
      if (rest.length < header) return statements;
      const size = rest.readInt32BE(header - LENGTH_BYTES) + header - LENGTH_BYTES;
      if (rest.length < size) return statements;
      if (begun && STATEMENTS.has(rest.toString('latin1', 0, 1))) statements += 1;
      begun = true;
      rest = rest.subarray(size);
    }
  };
}
