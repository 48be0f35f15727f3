import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { productService } from '../product.module.js';

// as it is when nothing is set: HTTP_MAX_HEADER_BYTES is not among what tests set
let service: TestService;

beforeAll(async () => {
  service = await startTestService(productService);
});
afterAll(() => service.close());

const ids = (count: number): string => Array.from({ length: count }, newId).join(',');

/** As most clients write a query: each comma takes three bytes. */
const listing = (query: Readonly<Record<string, string>>): string =>
  `/products?${new URLSearchParams(query).toString()}`;

test('F34 the longest request of the document is taken, beside a large token and cookies of the shop', async () => {
  const path = listing({ ids: ids(200), sku: 'S'.repeat(64), limit: '200', starting_after: newId() });
  // what load balancers and proxies take as a first line, unless they are configured otherwise
  expect(`GET ${path} HTTP/1.1\r\n`.length).toBeLessThan(8_190);
  const headers = { cookie: `shop=${'c'.repeat(8_000)}`, 'x-forwarded-access-token': 't'.repeat(16_000) };
  expect(await service.call('GET', path, { headers })).toMatchObject({ status: 200, body: { data: [] } });
});

test.each([201, 500, 1_500])('F34 %i ids are too many, and the answer says so', async (count) => {
  const answer = await service.call('GET', listing({ ids: ids(count) }));
  expect(answer).toMatchObject({ status: 400, body: { type: '/problems/malformed', errors: [{ path: 'query.ids' }] } });
});

test('F34 a request longer than any load balancer lets through is answered 431', async () => {
  const { hostname, port } = new URL(service.url);
  let received = '';
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${listing({ ids: ids(1_700) })} HTTP/1.1\r\nhost: x\r\n\r\n`),
    );
    socket.setEncoding('utf8').on('data', (data: string) => (received += data));
    socket.once('error', reject).once('close', () => resolve());
  });
  expect(received).toMatch(/^HTTP\/1\.1 431 /u);
  expect(JSON.parse(received.split('\r\n\r\n')[1] ?? '')).toMatchObject({ type: '/problems/headers-too-large' });
});

test.each([101, 501, 5_000])('F34 an id of %i characters is none', async (length) => {
  const answer = await service.call('GET', `/products/${'x'.repeat(length)}`);
  expect(answer).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
});
