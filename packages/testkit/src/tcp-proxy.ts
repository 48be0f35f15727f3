import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** Stands between a process and a server, fails as networks do, and leads elsewhere as names do after a failover. */
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
  /** What the process sends arrives, and no answer comes back, until `restore`. */
  mute(): void;
  /** New connections go to another server; those that are open stay where they are. */
  lead(target: string): void;
  /** From now on keeps all bytes that come from either side. @returns a function that gives them */
  record(): () => Buffer;
  /** All is well again. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of this machine and passes everything on to `target`. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  let to = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let hanging = false;
  let muted = false;
  let recorded: Buffer[] | undefined;
  /** what waits on the way, in order */
  let held: (() => void)[] | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, other] of [pair, [upstream, client]] as const) {
      from.on('data', (data) => {
        recorded?.push(Buffer.from(data));
        if (held !== undefined) held.push(() => other.write(data));
        else if (!hanging && !(muted && from === upstream)) other.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        other.destroy();
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
    mute() {
      muted = true;
    },
    lead(target) {
      to = new URL(target);
    },
    record() {
      const kept: Buffer[] = [];
      recorded = kept;
      return () => Buffer.concat(kept);
    },
    async restore() {
      if (hanging || muted) for (const [client] of pairs) client.destroy();
      hanging = false;
      muted = false;
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
