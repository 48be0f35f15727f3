import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Role } from '@outrider/contracts';
import { echoService } from '../testing/echo-service.js';
import { startTestService, type CallOptions, type TestService } from '../testing/index.js';
import { SECURITY_HEADERS } from './security-headers.js';

const ORIGIN = 'https://shop.example';

let service: TestService;
/** one of the same service with little patience and room */
let small: TestService;
let admin: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  service = await startTestService(echoService, {
    apiKeys: { 'key-of-echo': ['echo:write'] },
    env: {
      HTTP_HEADERS_TIMEOUT_MS: '1000',
      HTTP_REQUEST_TIMEOUT_MS: '2000',
      HTTP_KEEP_ALIVE_MS: '300',
      HTTP_MAX_HEADER_BYTES: '4096',
      BODY_LIMIT: '2048',
      CORS_ORIGINS: ORIGIN,
      LOG_LEVEL: 'silent',
    },
  });
  small = await service.replica({
    RATE_LIMIT_PER_MINUTE: '5',
    WEBHOOK_RATE_LIMIT_PER_MINUTE: '300',
    TRUSTED_PROXIES: '127.0.0.0/8',
    CORS_ORIGINS: '',
  });
  admin = await service.token('root', 'admin');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => service.close());

/** A connection that sends a text and keeps what comes. */
async function open(
  to: TestService,
  text = '',
): Promise<{ socket: Socket; said: () => string; closed: Promise<string> }> {
  const { hostname, port } = new URL(to.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let received = '';
  socket.on('data', (data) => (received += data.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.write(text);
  return { socket, said: () => received, closed };
}

const head = (method: string, path: string, ...more: readonly string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'host: x', ...more, '', ''].join('\r\n');

/** The status, the problem's type and the headers of an answer as it came. */
function read(answer: string): { status: number; type: string | undefined; headers: Record<string, string> } {
  const [top = '', body = ''] = answer.split('\r\n\r\n', 2);
  const [first = '', ...lines] = top.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => /^([^:]+): ?(.*)$/u.exec(line)!.slice(1) as [string, string]));
  const type = body.startsWith('{') ? (JSON.parse(body) as { type?: string }).type : undefined;
  return { status: Number(first.split(' ')[1]), type, headers };
}

describe('F36 limits of callers', () => {
  test('too many requests of one caller are refused with Retry-After; others are served', async () => {
    const as = (sub: string) => service.token(sub, 'customer');
    const greedy = await as(`greedy-${newId()}`);
    const ask = (token: string) => small.call('GET', '/customers', { token });
    for (let at = 1; at <= 5; at += 1) {
      const answer = await ask(greedy);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-ratelimit-limit')).toBe('5');
      expect(answer.headers.get('x-ratelimit-remaining')).toBe(String(5 - at));
    }
    const refused = await ask(greedy);
    expect(refused).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests', status: 429 } });
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await ask(await as(`modest-${newId()}`))).status).toBe(200);
    expect((await small.call('GET', '/readyz')).status).not.toBe(429);
  });

  test.each([
    ['without credentials', '/anyone', {}],
    ['with bad credentials', '/customers', { authorization: 'Bearer a.b.c' }],
    ['for what is not there', '/nothing', {}],
    ['in the wrong way', '/admins', {}],
  ])(
    'strangers who ask %s are counted by their address, as the load balancer reports it',
    async (_how, path, headers) => {
      const from = (address: string) =>
        small.call('GET', path, { headers: { ...headers, 'x-forwarded-for': address } });
      const address = `2001:db8:${newId().slice(0, 4)}:${newId().slice(14, 18)}`;
      for (let at = 1; at <= 5; at += 1) expect((await from(`${address}::${at}`)).status).not.toBe(429);
      expect((await from(`${address}::ffff`)).status).toBe(429);
      expect((await from('198.51.100.7')).status).not.toBe(429);
    },
  );

  test('an address that the caller writes itself is not trusted', async () => {
    const plain = await service.replica({ RATE_LIMIT_PER_MINUTE: '5' });
    const statuses: number[] = [];
    for (let at = 0; at < 6; at += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${at}` };
      statuses.push((await plain.call('GET', '/anyone', { headers })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test('a provider’s burst of webhooks is accepted, and has a limit of its own', async () => {
    // an address of its own, also when the test is run again within the minute
    const headers = { 'x-forwarded-for': `2001:db8:${newId().slice(0, 4)}:${newId().slice(14, 18)}::9` };
    const send = () => small.call('POST', '/webhooks/stripe', { rawBody: '{}', headers });
    const burst = await Promise.all(Array.from({ length: 300 }, send));
    expect(burst.filter(({ status }) => status !== 200)).toEqual([]);
    const tooMuch = await send();
    expect(tooMuch).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests' } });
    expect(Number(tooMuch.headers.get('retry-after'))).toBeGreaterThan(0);
    // and it took nothing of what the address may ask otherwise
    expect((await small.call('GET', '/anyone', { headers })).status).toBe(200);
  });

  test('a body that is too large is refused, announced or not', async () => {
    const text = 'x'.repeat(4_000);
    const refused = { status: 413, body: { type: '/problems/payload-too-large' } };
    expect(await service.call('POST', '/admins', { token: admin, body: { text } })).toMatchObject(refused);
    expect(await service.call('POST', '/webhooks/stripe', { rawBody: text })).toMatchObject(refused);
    const chunked = head('POST', '/webhooks/stripe', 'content-type: application/json', 'transfer-encoding: chunked');
    const { closed } = await open(service, `${chunked}fa0\r\n${text}\r\n0\r\n\r\n`);
    expect(read(await closed)).toMatchObject({ status: 413, type: '/problems/payload-too-large' });
  });

  test('headers that are too large are refused', async () => {
    const { closed } = await open(service, head('GET', '/anyone', `x-much: ${'x'.repeat(5_000)}`));
    expect(read(await closed)).toMatchObject({ status: 431, type: '/problems/headers-too-large' });
  });

  test('senders of slow headers and slow bodies are cut off, and others are served meanwhile', async () => {
    const admins = head(
      'POST',
      '/admins',
      `authorization: Bearer ${admin}`,
      'content-type: application/json',
      'content-length: 900',
    );
    const slow = await Promise.all([
      ...Array.from({ length: 100 }, () => open(service, 'GET /anyone HTTP/1.1\r\nhost: x\r\n')),
      ...Array.from({ length: 100 }, () => open(service, `${admins}{"text":"`)),
    ]);
    const drip = setInterval(() => {
      for (const [at, { socket }] of slow.entries())
        if (socket.writable) socket.write(at < 100 ? 'x-more: x\r\n' : 'x');
    }, 100);
    let served = 0;
    const over = new AbortController();
    const others = (async () => {
      while (!over.signal.aborted) {
        expect((await service.call('GET', '/customers', { token: admin })).status).toBe(200);
        served += 1;
      }
    })();
    const answers = await Promise.all(slow.map(({ closed }) => closed));
    clearInterval(drip);
    over.abort();
    await others;
    expect(served).toBeGreaterThan(0);
    for (const answer of answers)
      expect(read(answer)).toMatchObject({ status: 408, type: '/problems/request-timeout' });
  });

  test('idle connections are closed, before and after a request', async () => {
    const silent = await open(service);
    const idle = await open(service, head('GET', '/anyone'));
    expect(read(await silent.closed)).toMatchObject({ status: 408, type: '/problems/request-timeout' });
    expect(read(await idle.closed)).toMatchObject({ status: 200 });
  });

  test('above the limit the connection that is idle for longest is closed, not the new one', async () => {
    const patience = {
      HTTP_HEADERS_TIMEOUT_MS: '30000',
      HTTP_REQUEST_TIMEOUT_MS: '30000',
      HTTP_KEEP_ALIVE_MS: '30000',
    };
    const crowded = await service.replica({ ...patience, HTTP_MAX_CONNECTIONS: '10' });
    const first = await open(crowded);
    const second = await open(crowded);
    const others = await Promise.all(Array.from({ length: 8 }, () => open(crowded)));
    // the first has something to say, so the second is idle for longest
    first.socket.write(head('GET', '/anyone'));
    await crowded.until('the first is answered', () => first.said().startsWith('HTTP/1.1 200'));
    const eleventh = await open(crowded, head('GET', '/anyone'));
    await second.closed;
    await crowded.until('the newcomer is answered', () => eleventh.said().startsWith('HTTP/1.1 200'));
    expect([first, ...others, eleventh].filter(({ socket }) => socket.closed)).toEqual([]);
    const metrics = await (await fetch(`${crowded.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^http_connections_shed_total 1$/m);
  });
});

test('a request that is still arriving when the service closes is answered', async () => {
  const closing = await service.replica({ HTTP_HEADERS_TIMEOUT_MS: '30000', HTTP_REQUEST_TIMEOUT_MS: '30000' });
  const body = JSON.stringify({ text: 'hello' });
  const lines = [
    `authorization: Bearer ${admin}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  // the one keeps the service from ending before the other has said all
  const underWay = await open(closing, head('POST', '/admins', ...lines) + body.slice(0, 5));
  const late = await open(closing, 'GET /anyone HTTP/1.1\r\nhost: x\r\n');
  // asked after them over a connection of its own: what they have sent has come by then
  await closing.call('GET', '/anyone');
  const closed = closing.close();
  const isTaken = (): Promise<boolean> => closing.call('GET', '/livez').then(Boolean, () => false);
  await closing.until('no new connection is taken', async () => !(await isTaken()));
  late.socket.write('\r\n');
  await closing.until('the late one is answered', () => late.said() !== '');
  underWay.socket.write(body.slice(5));
  expect(read(await late.closed).status).toBe(200);
  expect(late.said()).toMatch(/^connection: close\r$/imu);
  expect(read(await underWay.closed)).toMatchObject({ status: 200 });
  await closed;
});

test('F37 a service that is told to end serves on until its callers have left, and does nothing else', async () => {
  const stopped = Promise.withResolvers<void>();
  const background = () => [{ name: 'of a test', close: async () => stopped.resolve() }];
  const ending = await startTestService(
    { ...echoService, background },
    { env: { HTTP_LINGER_MS: '20000', HTTP_KEEP_ALIVE_MS: '60000', LOG_LEVEL: 'silent' } },
  );
  const kept = await open(ending, head('GET', '/anyone'));
  await ending.until('it is answered', () => kept.said() !== '');
  expect(kept.said()).toMatch(/^connection: keep-alive\r$/imu);
  const closed = ending.close();
  // the other way round it would stop when the time of its callers is over
  const callersFirst = new AbortController();
  const late = sleep(15_000, 'only after its callers', { signal: callersFirst.signal });
  expect(await Promise.race([stopped.promise, late])).toBeUndefined();
  callersFirst.abort();
  await late.catch(() => undefined);
  expect((await ending.call('GET', '/readyz')).status).toBe(503);
  kept.socket.write(head('GET', '/anyone'));
  const answers = await kept.closed;
  expect(answers.match(/HTTP\/1\.1 200/gmu)).toHaveLength(2);
  expect(answers).toMatch(/^connection: close\r$/imu);
  await closed;
});

describe('headers of every answer', () => {
  const json = { 'content-type': 'application/json' };
  const cases: readonly (readonly [status: number, method: string, path: string, more: CallOptions & { as?: Role }])[] =
    [
      [200, 'GET', '/anyone', {}],
      [200, 'GET', '/livez', {}],
      [200, 'GET', '/openapi.json', {}],
      [400, 'POST', '/admins', { as: 'admin', rawBody: '{' }],
      [400, 'GET', '/%', {}],
      [401, 'GET', '/customers', {}],
      [401, 'GET', '/customers', { token: 'a.b.c' }],
      [403, 'POST', '/admins', { as: 'customer', body: {} }],
      [404, 'GET', '/nothing', {}],
      [405, 'POST', '/anyone', { as: 'admin', body: {} }],
      [413, 'POST', '/webhooks/stripe', { rawBody: 'x'.repeat(4_000), headers: json }],
      [415, 'POST', '/admins', { as: 'admin', rawBody: 'x', headers: { 'content-type': 'text/plain' } }],
    ];

  test.each(cases)(
    '%s to %s %s protects the browser that gets it, and is kept by no cache',
    async (status, method, path, { as, ...more }) => {
      const token = as === undefined ? more.token : await service.token('someone', as);
      const answer = await service.call(method, path, { ...more, ...(token !== undefined && { token }) });
      expect(answer.status).toBe(status);
      expect(Object.fromEntries(answer.headers)).toMatchObject(SECURITY_HEADERS);
    },
  );

  test.each([
    [400, 'NONSENSE\r\n\r\n'],
    [408, 'GET /anyone HTTP/1.1\r\n'],
    [431, head('GET', '/anyone', `x-much: ${'x'.repeat(5_000)}`)],
  ])('%s to an invalid request has them too', async (status, text) => {
    const { closed } = await open(service, text);
    const answer = read(await closed);
    expect(answer).toMatchObject({ status, headers: SECURITY_HEADERS });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  test('the API reader may run its scripts, and contact this service only', async () => {
    const { headers, body } = await service.call('GET', '/docs/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/https?:|\*/u);
    // and does not even try: a browser would only note what it was kept from
    for (const off of ['"telemetry": false', '"withDefaultFonts": false', '"showDeveloperTools": "never"']) {
      expect(body).toContain(off);
    }
    expect(headers.get('cache-control')).not.toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('pages of other origins', () => {
  const preflight = (to: TestService, origin: string) =>
    fetch(`${to.url}/admins`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,idempotency-key,content-type',
      },
    });

  test('may not call by default', async () => {
    const headers = { origin: ORIGIN, 'x-forwarded-for': '192.0.2.1' };
    const asked = await preflight(small, ORIGIN);
    const answer = await small.call('GET', '/anyone', { headers });
    for (const { headers: got } of [asked, answer]) {
      expect([...got.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(asked.ok).toBe(false);
  });

  test('of the list may call, and read errors too', async () => {
    const asked = await preflight(service, ORIGIN);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const allowed = (asked.headers.get('access-control-allow-headers') ?? '').split(/, */u);
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'idempotency-key', 'content-type', 'if-match']));
    expect(allowed).not.toContain('x-api-key');
    for (const [path, status] of [
      ['/anyone', 200],
      ['/customers', 401],
      ['/nothing', 404],
    ] as const) {
      const answer = await service.call('GET', path, { headers: { origin: ORIGIN } });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after');
      expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    }
  });

  test.each(['https://evil.example', 'https://shop.example.evil.example', 'http://shop.example', 'null'])(
    '%s is not of the list',
    async (origin) => {
      const asked = await preflight(service, origin);
      const answer = await service.call('GET', '/anyone', { headers: { origin } });
      for (const { headers } of [asked, answer]) expect(headers.get('access-control-allow-origin')).not.toBe(origin);
      for (const { headers } of [asked, answer]) expect(headers.get('access-control-allow-origin')).not.toBe('*');
    },
  );
});
