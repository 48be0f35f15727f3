import { once } from 'node:events';
import { connect } from 'node:net';

export interface HttpLoad {
  readonly port: number;
  /** of the next request */
  readonly pathOf: (request: number) => string;
  readonly connections: number;
  readonly requests: number;
}

const END_OF_HEADERS = '\r\n\r\n';

/**
 * Sends GETs over so many connections, each one request after the other. On bare sockets: Node's own client costs several times
 * as much, and would take it from the server on the same machine.
 * @throws Error when one is not answered 200 with a length
 */
export async function loadHttp({
  port,
  pathOf,
  connections,
  requests,
}: HttpLoad): Promise<{ readonly perSecond: number }> {
  let sent = 0;
  const since = performance.now();
  const one = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let text = '';
      const next = (): void => {
        if (sent >= requests) resolve();
        else socket.write(`GET ${pathOf(sent++)} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const end = text.indexOf(END_OF_HEADERS);
        if (end < 0) return;
        const length = /\r\ncontent-length: (\d+)/iu.exec(text)?.[1];
        if (!text.startsWith('HTTP/1.1 200') || length === undefined)
          reject(new Error(`answered: ${text.slice(0, 200)}`));
        else if (text.length >= end + END_OF_HEADERS.length + Number(length)) {
          text = '';
          next();
        }
      });
      next();
    }).finally(() => socket.destroy());
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { perSecond: (sent * 1_000) / (performance.now() - since) };
}
