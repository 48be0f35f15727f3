import { expect, test } from '@jest/globals';
import { createLogger } from './index.js';

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJyb290In0.c2lnbmF0dXJl-_w';
const API_KEY = 'outrider_0123456789abcdefghijABCDEFGHIJ0123456789_-x';
// put together here, so that those who look for real ones in sources find none
const STRIPE = ['sk', 'test', '51AbCdEfGhIjKlMnOpQrStUv'].join('_');
const WEBHOOK = ['whsec', 'AbCdEfGhIjKlMnOpQrStUv0123456789'].join('_');

function logged(...event: [object, string]): string {
  const lines: string[] = [];
  createLogger('order', 'trace', { write: (line) => lines.push(line) }).info(...event);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ service: 'order', level: 'info' });
  return lines[0]!;
}

/** Errors as libraries make them: with the request, the settings, the URL they failed at. */
const failure = (message: string, members: object = {}): Error =>
  Object.assign(new Error(message, { cause: new Error(`caused by ${message}`) }), members);

test.each<[string, string[], object, string]>([
  ['a token in headers', [JWT], { headers: { authorization: `Bearer ${JWT}` } }, 'asked'],
  ['a token in a message', [JWT], {}, `refused Bearer ${JWT} at once`],
  ['a token alone in an error and its cause', [JWT], { err: failure(`bad token ${JWT}`) }, 'failed'],
  [
    'a token deep in an error',
    [JWT],
    { err: failure('x', { config: { request: { headers: { Authorization: JWT } } } }) },
    'failed',
  ],
  ['an unsigned token', ['eyJzdWIiOiJyb290In0'], { raw: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.' }, 'asked'],
  ['basic credentials', ['cm9vdDpwYXNz'], { raw: ['Authorization', 'Basic cm9vdDpwYXNz'] }, 'asked'],
  ['an API key in a header', ['hunter22'], { headers: { 'x-api-key': 'hunter22', 'X-Api-Key': 'hunter22' } }, 'asked'],
  ['an API key anywhere', [API_KEY], { args: ['--key', API_KEY] }, `made ${API_KEY}`],
  [
    'a database URL’s password',
    ['s3cr3t'],
    { err: failure('cannot reach postgres://app:s3cr3t@db:5432/order?ssl=1') },
    'x',
  ],
  ['one with odd signs', ['p@ss', 'w#rd'], { url: 'postgres://app:p@ss:w#rd@db/order' }, 'x'],
  ['a Redis URL’s password', ['s3cr3t'], { url: 'rediss://:s3cr3t@cache:6379' }, 'x'],
  [
    'Stripe’s keys',
    [STRIPE, WEBHOOK],
    { err: failure(`Invalid API Key provided: ${STRIPE}`) },
    `signed with ${WEBHOOK}`,
  ],
  [
    'settings by their names',
    ['hunter22'],
    {
      env: {
        STRIPE_SECRET_KEY: STRIPE,
        SIMULATOR_WEBHOOK_SECRET: 'hunter22',
        PGPASSWORD: 'hunter22',
        API_KEYS: 'hunter22',
        client_secret: 'a"hunter22\\',
        refreshToken: 'hunter22',
      },
    },
    'x',
  ],
])('%s never stands in a log line', (_what, secrets, event, message) => {
  const line = logged(event, message);
  for (const secret of [...secrets, STRIPE]) expect(line).not.toContain(secret);
  expect(line).toContain('[redacted]');
});

test('hostile lines are filtered in linear time', () => {
  const evil = [
    'a'.repeat(200_000),
    'eyJ-'.repeat(50_000),
    'bearer '.repeat(30_000),
    'x:"'.repeat(50_000),
    '://:'.repeat(50_000),
  ];
  for (const text of evil) expect(logged({ text }, 'x')).toContain('"msg":"x"');
}, 5_000);

test.each(['\n{"level":60,"msg":"forged"}', '\r\n', '\u2028', '\u001b[31mred', '","level":60,"x":"', '\\"'])(
  'F35 what a stranger writes stays in its line and its place: %j',
  (text) => {
    const line = logged({ text, err: failure(text) }, text);
    // oxlint-disable-next-line no-control-regex -- a terminal's own controls
    expect(line.trimEnd()).not.toMatch(/[\n\r\u001b]/u);
    expect(JSON.parse(line)).toMatchObject({
      text,
      msg: text,
      level: 'info',
      err: { message: expect.stringContaining(text) },
    });
  },
);

test('texts that are no secrets stay as they are', () => {
  const event = {
    orderId: '0190b5c5-7c1e-7000-8000-000000000000',
    url: 'http://127.0.0.1:3001/orders?status=PAID',
    broker: 'kafka:9092',
    key: 'a-partition-key',
    idempotencyKey: 'first',
    tokens: 3,
    at: '2026-01-02T03:04:05Z',
    sku: 'TEA-1',
    database: 'postgres://db:5432/order',
    text: 'mail me at root@shop.example: soon',
  };
  expect(JSON.parse(logged(event, 'the basic things'))).toMatchObject({ ...event, msg: 'the basic things' });
});
