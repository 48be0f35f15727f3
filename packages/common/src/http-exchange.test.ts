import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { HttpExchange } from './http-exchange.js';

const closings: (() => void)[] = [];
afterEach(() => closings.splice(0).forEach((close) => close()));

async function exchangeWith(listener: RequestListener, largest?: number): Promise<HttpExchange> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const exchange = new HttpExchange(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 5_000, largest);
  closings.push(() => (exchange.close(), server.closeAllConnections(), server.close()));
  return exchange;
}

test('a request that is aborted ends at once, before it is sent too', async () => {
  const aborting = new AbortController();
  const exchange = await exchangeWith(() => aborting.abort());
  await expect(exchange.send('GET', '/', {}, undefined, aborting.signal)).rejects.toMatchObject({ code: 'ABORT_ERR' });
  await expect(exchange.send('GET', '/', {}, undefined, aborting.signal)).rejects.toMatchObject({ code: 'ABORT_ERR' });
});

test('an answer that is too large fails, and one that is as large as allowed comes whole', async () => {
  const exchange = await exchangeWith(
    ({ url = '' }, response) => response.end('x'.repeat(Number(url.slice(1)))),
    1_000,
  );
  expect((await exchange.send('GET', '/1000', {}, undefined)).text).toHaveLength(1_000);
  await expect(exchange.send('GET', '/1001', {}, undefined)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test('a connection is used again', async () => {
  const ports = new Set<number | undefined>();
  const exchange = await exchangeWith(({ socket }, response) => {
    ports.add(socket.remotePort);
    response.end();
  });
  for (let n = 0; n < 3; n += 1) await exchange.send('POST', '/', {}, '{}');
  expect(ports.size).toBe(1);
});
