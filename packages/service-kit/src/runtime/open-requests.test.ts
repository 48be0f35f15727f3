import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { OpenRequests } from './open-requests.js';

test('a closing server answers what it was asked and waits for no silent client', async () => {
  let answer!: ServerResponse;
  const asked = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    answer = response;
    asked.resolve();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const requests = new OpenRequests(server);

  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const silentEnd = once(silent, 'close');
  const busy = connect(port, '127.0.0.1');
  busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let heard = '';
  busy.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  const busyEnd = once(busy, 'close');
  await asked.promise;

  const closed = requests.drain(() => new Promise<void>((resolve) => server.close(() => resolve())));
  // several looks while the answer is due
  await new Promise((resolve) => setTimeout(resolve, 200));
  answer.end('late but whole');

  await Promise.all([closed, silentEnd, busyEnd]);
  expect(heard).toContain('late but whole');
});
