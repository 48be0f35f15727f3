import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
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

/** A connection that is kept. @returns what it was answered so far */
async function kept(port: number): Promise<{ socket: Socket; ask: () => void; received: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString())).on('error', () => {});
  await once(socket, 'connect');
  return { socket, ask: () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), received: () => received };
}

test('a server that is told to end answers what comes over open connections, and says that they close', async () => {
  const late = Promise.withResolvers<ServerResponse>();
  let calls = 0;
  const server = createServer((_request, response) => {
    if (++calls === 2) late.resolve(response);
    else response.end(`answer ${calls}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const requests = new OpenRequests(server);
  const [idle, busy, unused] = [await kept(port), await kept(port), await kept(port)];
  idle.ask();
  await once(idle.socket, 'data');
  expect(idle.received()).toMatch(/keep-alive[^]*answer 1/iu);
  busy.ask();
  const due = await late.promise;

  const over = requests.linger(60_000);
  const idleEnd = once(idle.socket, 'close');
  idle.ask();
  await idleEnd;
  expect(idle.received()).toMatch(/connection: close[^]*answer 3/iu);
  const busyEnd = once(busy.socket, 'close');
  due.end('answer 2');
  await busyEnd;
  expect(busy.received()).toMatch(/connection: close[^]*answer 2/iu);
  // who connects only now is served as well: a load balancer may know no better yet
  const stranger = await kept(port);
  stranger.ask();
  await once(stranger.socket, 'close');
  expect(stranger.received()).toMatch(/connection: close[^]*answer 4/iu);

  // the last one leaves: nothing is waited for
  unused.socket.destroy();
  await over;
  await requests.drain(() => new Promise<void>((resolve) => server.close(() => resolve())));
});

test('a connection that stays idle does not hold a server that is told to end', async () => {
  const server = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const requests = new OpenRequests(server);
  const { socket } = await kept((server.address() as AddressInfo).port);
  const ended = once(socket, 'close');
  await requests.linger(100);
  await requests.drain(() => new Promise<void>((resolve) => server.close(() => resolve())));
  await ended;
});
