import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { OpenRequests } from './open-requests.js';

test('a closing server answers its requests and waits for no silent client', async () => {
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
  let received = '';
  busy.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const busyEnd = once(busy, 'close');
  await asked.promise;

  const closed = requests.drain(() => new Promise<void>((resolve) => server.close(() => resolve())));
  // several looks while the answer is due
  await new Promise((resolve) => setTimeout(resolve, 200));
  answer.end('late but whole');

  await Promise.all([closed, silentEnd, busyEnd]);
  expect(received).toContain('late but whole');
});

test('a closing server does not wait for the rest of a request that never comes', async () => {
  const server = createServer((request) => void request.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const requests = new OpenRequests(server, 100);
  const slow = connect((server.address() as AddressInfo).port, '127.0.0.1');
  slow.on('error', () => {});
  slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nx');
  await once(server, 'request');
  const drip = setInterval(() => slow.write('x'), 20);
  await requests.drain(() => new Promise<void>((resolve) => server.close(() => resolve())));
  clearInterval(drip);
  slow.destroy();
});
