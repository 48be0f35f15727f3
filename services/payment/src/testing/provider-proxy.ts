import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to a request to the provider. `pass`: it goes through. `lose-answer`: it has its effect, and the
 * connection breaks before the answer. `hold-answer`: it has its effect, and the answer waits for `letGo`.
 * `hold-request`: it reaches the provider only at `letGo`.
 */
export type Fate = 'pass' | 'lose-answer' | 'hold-answer' | 'hold-request';

/**
 * A proxy between the service and the provider that loses or holds back the requests and answers that `fate` selects.
 * When the provider breaks a connection, for example because it is stopped, so does the proxy.
 */
export interface ProviderProxy {
  readonly url: string;
  /** where requests go */
  upstream: string;
  /** decides each request's fate; passes all unless set */
  fate: (request: { method: string; path: string; key: string | undefined }) => Fate;
  /** every request seen, as `METHOD path` */
  readonly seen: readonly string[];
  /** Lets go what is held, and waits until it has ended. */
  letGo(): Promise<void>;
  /** All requests pass again; lets go what is held. */
  passAll(): Promise<void>;
  close(): Promise<void>;
}

/** @param port to come back on a port used before */
export async function startProviderProxy(upstream: string, port = 0): Promise<ProviderProxy> {
  const held: (() => Promise<void>)[] = [];
  const seen: string[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(`${method} ${path}`);
    const key = request.headers['idempotency-key'];
    const fate = proxy.fate({ method, path, key: typeof key === 'string' ? key : undefined });
    const send = () => ask(proxy.upstream, request, Buffer.concat(chunks));
    const answer = ({ status, body }: { status: number; body: Buffer }): void => {
      if (!response.destroyed) response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    switch (fate) {
      case 'pass':
        return answer(await send());
      case 'lose-answer':
        await send();
        return void response.destroy();
      case 'hold-answer': {
        const done = await send();
        held.push(async () => answer(done));
        return;
      }
      case 'hold-request':
        held.push(() => send().then(answer, () => void response.destroy()));
    }
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const proxy: ProviderProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upstream,
    fate: () => 'pass',
    seen,
    async letGo() {
      await Promise.all(held.splice(0).map((go) => go()));
    },
    passAll() {
      proxy.fate = () => 'pass';
      return proxy.letGo();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function ask(upstream: string, from: IncomingMessage, body: Buffer): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { ...from.headers, host: undefined, connection: undefined };
    const request = forward(
      upstream + (from.url ?? '/'),
      { method: from.method, headers: Object.fromEntries(Object.entries(headers).filter(([, v]) => v !== undefined)) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
