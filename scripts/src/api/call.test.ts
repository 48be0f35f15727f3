import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { call } from './call.js';
import { forEach } from './for-each.js';
import { allOf } from './pages.js';

type Step = (request: IncomingMessage, response: ServerResponse) => void;

const closings: (() => void)[] = [];
afterEach(() => closings.splice(0).forEach((close) => close()));

/** A server that answers one step after the other, the last one forever. */
async function serve(...steps: Step[]): Promise<{ url: string; keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const step = steps.length > 1 ? steps.shift() : steps[0];
    keys.push(request.headers['idempotency-key'] as string | undefined);
    step?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}

const problem =
  (status: number, kind: string, headers: Record<string, string> = {}): Step =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ type: `/problems/${kind}`, title: kind, status }));
const good: Step = (_request, response) => response.writeHead(201).end('{"id":"1"}');
const reset: Step = (request) => request.socket.destroy();
const answer = z.object({ id: z.string() });

describe('a call', () => {
  it('is tried again with the same key after a reset, a server error, a rate limit, and what is not known yet', async () => {
    const { url, keys } = await serve(
      reset,
      problem(503, 'unavailable'),
      problem(429, 'too-many-requests', { 'retry-after': '0' }),
      problem(409, 'idempotency-key-in-flight'),
      problem(404, 'product-unknown', { 'retry-after': '0' }),
      good,
    );
    const answered = await call({ method: 'POST', url, idempotencyKey: 'k', body: {}, answer });
    expect(answered).toEqual({ status: 201, body: { id: '1' }, replayed: false });
    expect(keys).toEqual(Array.from({ length: 6 }, () => 'k'));
  });

  it('knows what was done before it from what an earlier try of its own has done', async () => {
    const stored: Step = (_request, response) =>
      response.writeHead(201, { 'idempotent-replayed': 'true' }).end('{"id":"1"}');
    const send = async (...steps: Step[]) =>
      call({ method: 'POST', url: (await serve(...steps)).url, idempotencyKey: 'k', body: {}, answer });
    expect(await send(stored)).toMatchObject({ replayed: true });
    expect(await send(reset, stored)).toMatchObject({ replayed: false });
  });

  it.each([
    [404, 'not-found'],
    [409, 'price-changed'],
    [401, 'unauthenticated'],
    [400, 'malformed'],
  ])('is not tried again when it is refused for good (%i %s)', async (status, kind) => {
    const { url, keys } = await serve(problem(status, kind));
    await expect(call({ method: 'GET', url, answer })).rejects.toMatchObject({ name: 'ApiError', status, kind });
    expect(keys).toHaveLength(1);
  });

  it('says that another installation answers where the token of this one is not known', async () => {
    const { url } = await serve(problem(401, 'unauthenticated'));
    const refused = call({ method: 'GET', url, token: 'of.this.run', answer });
    await expect(refused).rejects.toMatchObject({
      name: 'CommandError',
      message: `GET ${url}: 401 unauthenticated. This run's token is not taken: another installation seems to answer at ${url}.`,
    });
  });

  it('ends when its signal says so', async () => {
    const { url } = await serve(problem(503, 'unavailable'));
    const signal = AbortSignal.timeout(100);
    await expect(call({ method: 'GET', url, answer, signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

it('reads a list page by page', async () => {
  const seen: string[] = [];
  const { url } = await serve((request, response) => {
    seen.push(request.url ?? '');
    const after = new URL(request.url ?? '', 'http://x').searchParams.get('starting_after');
    response.end(
      JSON.stringify(after === null ? { data: [{ id: 'a' }], has_more: true } : { data: [], has_more: false }),
    );
  });
  expect(await allOf(`${url}/things`, 't', answer)).toEqual([{ id: 'a' }]);
  expect(seen).toEqual(['/things?limit=200', '/things?limit=200&starting_after=a']);
});

it('does a few things at a time, and stops at the first failure', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const work = forEach([1, 2, 3, 4, 5, 6, 7, 8], 3, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (item === 4) throw new Error('four');
    done.push(item);
  });
  await expect(work).rejects.toThrow('four');
  expect(most).toBe(3);
  expect(done).not.toContain(8);
});
