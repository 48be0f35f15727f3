import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { fixedCredential } from '@outrider/connections';
import { SimulatorProvider } from './simulator-provider.js';

let server: Server;
let provider: SimulatorProvider;

afterEach(async () => {
  provider.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A provider that answers everything in one way. */
async function answering(listener: RequestListener): Promise<SimulatorProvider> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = new SimulatorProvider({
    url,
    timeoutMs: 2_000,
    webhookSecrets: fixedCredential(['a secret of the test']),
    actionMs: 60_000,
    toleranceMs: 1,
  });
  return provider;
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const error = (status: number, code: string) => json(status, { error: { code, message: 'no' } });
const capture = { key: 'k', reference: 'auth_1', amount: 5, currency: 'EUR' };

test.each<[string, RequestListener]>([
  ['a server error', error(500, 'internal')],
  [
    'a gateway that does not know',
    (_request, response) => void response.writeHead(502).end('<html>Bad gateway</html>'),
  ],
  ['success without a record', json(200, { ok: true })],
  ['success that is not JSON', (_request, response) => void response.end('captured')],
  ['a redirect', (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end()],
  ['a route that is not there', error(404, 'no_such_route')],
  ['a reused key', error(422, 'key_reused')],
  ['a refusal of another shape', json(409, { message: 'no' })],
  [
    'an answer that breaks off',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('{"id":');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  ['an answer without end', (_request, response) => void response.end('x'.repeat(1_500_000))],
])('%s leaves a doubt', async (_what, listener) => {
  const provider = await answering(listener);
  expect(await provider.capture(capture)).toMatchObject({ kind: 'unanswered', reached: true });
  expect(await provider.lookup({ reference: 'auth_1' })).toMatchObject({ kind: 'unanswered' });
});

test.each([
  ['too many requests', 429],
  ['not let in', 401],
])('%s: it was not done', async (_what, status) => {
  const provider = await answering(error(status, 'x'));
  expect(await provider.capture(capture)).toMatchObject({ kind: 'unanswered', reached: false });
});

test.each([400, 402, 409])('a %s with a code is a definite no', async (status) => {
  const provider = await answering(error(status, 'impossible_in_state'));
  expect(await provider.capture(capture)).toEqual({ kind: 'refused', reason: 'impossible_in_state: no' });
});
