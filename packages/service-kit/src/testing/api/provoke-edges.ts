import { connect } from 'node:net';
import { freePort } from '@outrider/testkit';
import type { CallResult } from '../call.js';
import type { TestService } from '../test-service.js';
import type { ApiBook, ApiRequest } from './api-book.js';
import { whileLocked, withoutTables } from './database-troubles.js';

/** A valid request of each operation: called for each use, so that each may have a resource of its own. */
export type GoodRequests = Readonly<Record<string, () => ApiRequest | Promise<ApiRequest>>>;

const PATIENCE_MS = 1_000;
const HEADER_BYTES = 4_096;
const BODY_BYTES = 2_048;

/**
 * Provokes, for each operation, every answer that any operation may give: by what is wrong with the request,
 * its sender, the server's limits, and what is behind the server. What is left is the operation's own.
 *
 * @throws Error with what to do, when an answer is another one, or, once the others have been provoked, when an operation has no request
 */
export async function provokeEdges(book: ApiBook, good: GoodRequests): Promise<void> {
  const { service } = book;
  const all = book.operations.map(({ operation }) => operation.operationId);
  const names = all.filter((name) => good[name] !== undefined);
  const requests = (): Promise<(readonly [name: string, request: ApiRequest])[]> =>
    Promise.all(names.map(async (name) => [name, (await good[name]?.()) ?? {}] as const));

  for (const [name, request] of await requests()) await wrongRequests(book, name, request);

  const strict = await service.replica({
    HTTP_HEADERS_TIMEOUT_MS: String(PATIENCE_MS),
    HTTP_MAX_HEADER_BYTES: String(HEADER_BYTES),
    BODY_LIMIT: String(BODY_BYTES),
    LOG_LEVEL: 'silent',
  });
  await Promise.all(names.map((name) => slowAndLarge(book, strict, name)));
  for (const [name, request] of await requests()) await largeBody(book, strict, name, request);

  const busy = await service.replica({ RATE_LIMIT_PER_MINUTE: '1', WEBHOOK_RATE_LIMIT_PER_MINUTE: '1' });
  for (const [name, { params = {} }] of await requests()) {
    // as nobody; whether this first one is let through depends on what was asked before
    await busy.call(book.operation(name).method, book.target(name, { params }));
    await expectStatus(book, 429, name, { params }, busy);
  }

  await identityAway(book, await requests());

  // made before: nothing can be made while the tables are out of reach
  const whenLocked = await requests();
  await whileLocked(service, async (replica) => {
    for (const [name, request] of whenLocked) {
      await expectStatus(book, isRead(book, name) ? 503 : 409, name, request, replica);
    }
  });
  const whenGone = await requests();
  await withoutTables(service, async (replica) => {
    for (const [name, request] of whenGone) await expectStatus(book, 500, name, request, replica);
  });

  const without = all.filter((name) => good[name] === undefined);
  if (without.length > 0) {
    throw new Error(`provokeEdges knows no valid request of ${without.join(', ')}: add one to its list in this test`);
  }
}

function isRead(book: ApiBook, name: string): boolean {
  return book.operation(name).method === 'GET';
}

async function wrongRequests(book: ApiBook, name: string, request: ApiRequest): Promise<void> {
  const { token: _token, apiKey: _apiKey, ...stranger } = request;
  await expectStatus(book, 400, name, { ...request, query: { ...request.query, nonsense: '1' } });
  await expectStatus(book, 401, name, { ...stranger, token: 'a.b.c' });
  if (book.has(name, 'forbidden')) {
    await expectStatus(book, 403, name, { ...stranger, token: await book.service.token('someone') });
  }
  if (book.has(name, 'idempotency-key-missing')) {
    const { 'idempotency-key': _key, ...headers } = request.headers ?? {};
    await expectStatus(book, 400, name, { ...request, headers });
  }
  if (!isRead(book, name)) {
    const headers = { ...request.headers, 'content-type': 'text/plain' };
    await expectStatus(book, 415, name, { ...request, rawBody: 'x', headers });
  }
}

async function slowAndLarge(book: ApiBook, on: TestService, name: string): Promise<void> {
  const { method } = book.operation(name);
  const first = `${method} ${book.target(name, {})} HTTP/1.1\r\nhost: x\r\n`;
  must(408, name, book.noted(name, await exchange(on, first)));
  must(431, name, book.noted(name, await exchange(on, `${first}x-much: ${'x'.repeat(HEADER_BYTES)}\r\n\r\n`)));
}

async function largeBody(book: ApiBook, on: TestService, name: string, request: ApiRequest): Promise<void> {
  if (isRead(book, name)) return;
  await expectStatus(book, 413, name, { ...request, rawBody: JSON.stringify('x'.repeat(BODY_BYTES)) }, on);
}

/** The keys of the tokens' issuer cannot be had, and none is known from before. */
async function identityAway(book: ApiBook, requests: readonly (readonly [string, ApiRequest])[]): Promise<void> {
  const unreachable = `http://127.0.0.1:${await freePort()}/jwks.json`;
  const lonely = await book.service.replica({ JWT_JWKS: unreachable, LOG_LEVEL: 'silent' });
  const token = await book.service.token('someone', 'admin');
  for (const [name, { apiKey: _apiKey, ...request }] of requests) {
    await expectStatus(book, 503, name, { ...request, token }, lonely);
  }
}

async function expectStatus(
  book: ApiBook,
  status: number,
  name: string,
  request: ApiRequest,
  on?: TestService,
): Promise<void> {
  must(status, name, await book.call(name, request, on));
}

function must(status: number, name: string, answer: CallResult): void {
  if (answer.status === status) return;
  const body = JSON.stringify(answer.body);
  throw new Error(
    `${name} answered ${answer.status}, not ${status}: ${body}\n` +
      `Is what provokeEdges is given for ${name} a valid request, of something that is there?`,
  );
}

/** Sends bytes over a connection of their own and reads what comes until it ends. */
function exchange(to: TestService, text: string): Promise<CallResult> {
  const { hostname, port } = new URL(to.url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (data: string) => (received += data));
    socket.once('error', reject);
    socket.once('close', () => {
      const [head = '', body = ''] = received.split('\r\n\r\n', 2);
      const [first = '', ...lines] = head.split('\r\n');
      const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
      resolve({ status: Number(first.split(' ')[1]), headers, body: JSON.parse(body) });
    });
  });
}
