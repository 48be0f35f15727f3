import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** Stands between a service and a server of its own, and fails as networks do. */
export interface TcpProxy {
  /** the target's, by way of here */
  readonly url: string;
  /** Every connection is broken and new ones are refused. */
  cut(): Promise<void>;
  /** Connections stay, but nothing comes through any more. */
  hang(): void;
  /** Nothing comes through for now: what is sent waits on the way until `release`. */
  hold(): void;
  release(): void;
  /** All is well again. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of this machine and passes everything on to `target`. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let hanging = false;
  /** what waits on the way, in order */
  let held: (() => void)[] | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client]] as const) {
      from.on('data', (data) => {
        if (held !== undefined) held.push(() => to.write(data));
        else if (!hanging) to.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await listen(server, 0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(target);
  url.hostname = HOST;
  url.port = String(port);
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const [client] of pairs) client.destroy();
    await closed;
  };
  return {
    url: url.href,
    cut,
    hang() {
      hanging = true;
    },
    hold() {
      held ??= [];
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const send of waiting) send();
    },
    async restore() {
      if (hanging) for (const [client] of pairs) client.destroy();
      hanging = false;
      if (!server.listening) await listen(server, port);
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
