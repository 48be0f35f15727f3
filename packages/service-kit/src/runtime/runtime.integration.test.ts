import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Inject } from '@nestjs/common';
import { newId } from '@outrider/contracts';
import { z } from 'zod';
import { sqlMigrations, Transactor } from '../database/index.js';
import { defineEndpoint, Endpoint, principalName, type Answer, type RequestOf } from '../http/index.js';
import { idempotent } from '../idempotency/index.js';
import { startTestService, type TestService } from '../testing/index.js';
import { serviceSettings, startService, subscribe, type ServiceDefinition, type ServiceConfig } from './index.js';

const addNote = defineEndpoint({
  operationId: 'addNote',
  method: 'POST',
  path: '/notes/:place',
  summary: 'Add a note',
  access: { roles: ['admin'], scope: 'notes:write' },
  params: z.object({ place: z.string().max(20) }),
  body: z.strictObject({ text: z.string().min(1).max(100) }),
  idempotent: true,
  responses: { 201: { description: 'added', body: z.object({ id: z.string() }) } },
});

class NotesController {
  constructor(private readonly transactor: Transactor) {}

  async add(request: RequestOf<typeof addNote>): Promise<Answer> {
    return this.transactor.run((tx) =>
      idempotent(
        tx,
        {
          principal: principalName(request.principal),
          route: addNote.operationId,
          key: request.idempotencyKey,
          body: request.body,
        },
        async () => {
          const id = newId();
          await tx.sql.query('INSERT INTO note(id,text) VALUES ($1,$2)', [id, request.body.text]);
          const fact = { delta: 1, onHand: 1, reserved: 0, available: 1, version: 1 };
          tx.emit('product-event', id, { type: 'CREATED', payload: fact });
          return { status: 201, body: { id } };
        },
      ),
    );
  }
}
Inject(Transactor)(NotesController, undefined, 0);
Endpoint(addNote)(NotesController.prototype, 'add', Object.getOwnPropertyDescriptor(NotesController.prototype, 'add')!);
const method = Object.getOwnPropertyDescriptor(NotesController.prototype, 'add')!;
Endpoint(addNote)(NotesController.prototype, 'add', method);
Object.defineProperty(NotesController.prototype, 'add', method);
Controller()(NotesController);

const notes: ServiceDefinition<ServiceConfig> = {
  name: 'notes',
  title: 'Notes',
  config: z.object(serviceSettings),
  entities: [],
  migrations: sqlMigrations([
    { name: 'notes_0001', sql: 'CREATE TABLE note (id uuid PRIMARY KEY, text text NOT NULL)' },
  ]),
  controllers: [NotesController],
  module: ({ transactor }) => ({
    module: class NotesModule {},
    controllers: [NotesController],
    providers: [{ provide: Transactor, useValue: transactor }],
  }),
  subscriptions: () => [
    subscribe('catalog-event', async (tx, messages) => {
      for (const { event } of messages) {
        await tx.sql.query('INSERT INTO note(id,text) VALUES ($1,$2)', [event.productId, event.eventType]);
      }
    }),
  ],
};

describe('a service on the runtime', () => {
  let service: TestService;
  let admin: string;

  beforeAll(async () => {
    service = await startTestService(notes, { apiKeys: { 'key-of-notes': ['notes:write'], 'key-of-others': ['x'] } });
    admin = await service.token('root', 'admin');
  });
  afterAll(() => service.close());

  test('an effect, its stored answer and its event are written in one transaction', async () => {
    const send = (text: string) =>
      service.call('POST', '/notes/a', { token: admin, body: { text }, headers: { 'idempotency-key': 'k1' } });
    const first = await send('hello');
    expect(first.status).toBe(201);
    const again = await send('hello');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await send('other')).toMatchObject({ status: 422, body: { type: '/problems/idempotency-key-reused' } });
    expect(await service.sql('SELECT text FROM note')).toEqual([{ text: 'hello' }]);
    expect(await service.emitted('product-event')).toMatchObject([{ eventType: 'CREATED', productId: first.body.id }]);
  });

  test('consumes events once', async () => {
    const id = newId();
    const facts = { sku: 's', name: 'n', price: 1, currency: 'EUR', version: 1, initialStock: 0 };
    await service.publish('catalog-event', 'PRODUCT_REGISTERED', id, facts);
    await service.until(
      'the note is there',
      async () => (await service.sql('SELECT 1 FROM note WHERE id=$1', [id])).length > 0,
    );
  });

  test('answers an unknown path, a wrong method, a malformed request and an unknown caller differently', async () => {
    const body = { text: 'x' };
    expect(await service.call('GET', '/nothing')).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    const wrong = await service.call('PATCH', '/notes/a', { token: admin, body });
    expect(wrong).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
    expect(wrong.headers.get('allow')).toBe('POST');
    // one whose body the server looks at first
    const query = await fetch(`${service.url}/notes/a`, { method: 'QUERY' });
    expect({ status: query.status, allow: query.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
    const half = await service.call('PATCH', '/notes/a', { token: admin, rawBody: '{' });
    expect(half).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
    expect(await service.call('POST', '/notes/a', { body })).toMatchObject({ status: 401 });
    const key = { 'idempotency-key': 'k2' };
    expect(await service.call('POST', '/notes/a', { apiKey: 'key-of-others', body, headers: key })).toMatchObject({
      status: 403,
    });
    expect(await service.call('POST', '/notes/a', { apiKey: 'key-of-notes', body, headers: key })).toMatchObject({
      status: 201,
    });
    expect(await service.call('POST', '/notes/a', { token: admin, body })).toMatchObject({
      status: 400,
      body: { type: '/problems/idempotency-key-missing' },
    });
    for (const rawBody of ['{', '[]', '"x"', '{"text":1}', '{"text":"x","more":1}', '{"__proto__":{"text":"x"}}', '']) {
      const answer = await service.call('POST', '/notes/a', { token: admin, rawBody, headers: key });
      expect({ rawBody, status: answer.status, type: answer.body.type }).toEqual({
        rawBody,
        status: 400,
        type: '/problems/malformed',
      });
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
    const huge = await service.call('POST', '/notes/a', {
      token: admin,
      rawBody: `{"text":"${'x'.repeat(300_000)}"}`,
      headers: key,
    });
    expect(huge).toMatchObject({ status: 413, body: { type: '/problems/payload-too-large' } });
    const text = await service.call('POST', '/notes/a', {
      token: admin,
      rawBody: 'x',
      headers: { ...key, 'content-type': 'text/plain' },
    });
    expect(text).toMatchObject({ status: 415, body: { type: '/problems/unsupported-media-type' } });
  });

  test.each([
    ['{"text": x}', 'The body is not JSON: line 1, column 10'],
    ['{"text": "x",\n  "more": "y",\n}', 'The body is not JSON: line 3, column 1'],
    ['{"text": "x"', 'The body is not JSON: line 1, column 13'],
    ['{"text": "x"} y', 'The body is not JSON: line 1, column 15'],
    ["{'text': 'x'}", 'The body is not JSON: line 1, column 2'],
    ['{"text": "x"} // text', 'The body is not JSON: line 1, column 15'],
    ['', 'The body is empty'],
    ['{"__proto__":{"text":"x"}}', 'The body has an object with the name __proto__, or with constructor.prototype'],
  ])('says where the body %j stops being JSON', async (rawBody, detail) => {
    const answer = await service.call('POST', '/notes/a', {
      token: admin,
      rawBody,
      headers: { 'idempotency-key': 'k3' },
    });
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/malformed', detail } });
  });

  test('serves its documentation, health and metrics', async () => {
    const document = await service.call('GET', '/openapi.json');
    expect(document.body).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(document.body.paths['/notes/{place}'].post.responses)).toEqual(
      expect.arrayContaining(['201', '400', '401', '403', '409', '413', '415', '422', '429', '500', '503']),
    );
    expect((await service.call('GET', '/docs/')).status).toBe(200);
    await service.until('ready', async () => (await service.call('GET', '/readyz')).status === 200);
    const ready = await (await fetch(`${service.adminUrl}/readyz`)).json();
    expect(ready).toMatchObject({ status: 'ok', checks: { database: 'ok', schema: 'ok', kafka: 'ok' } });
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    for (const name of [
      'outbox_oldest_unpublished_age_seconds',
      'inbox_handled_total',
      'inbox_dead_letters',
      'http_request_duration_seconds',
    ]) {
      expect(metrics).toContain(name);
    }
  });

  test('two replicas share a port', async () => {
    const port = new URL(service.url).port;
    const one = await service.replica({ REUSE_PORT: 'true' });
    const shared = new URL(one.url).port;
    const two = await service.replica({ REUSE_PORT: 'true', PORT: shared });
    expect(two.url).toBe(one.url);
    await expect(service.replica({ PORT: port })).rejects.toThrow(/EADDRINUSE/);
  });
});

test('F39 wrong configuration refuses to start and names every wrong key at once', async () => {
  const start = startService(notes, { PORT: 'many', DATABASE_URL: 'mysql://secret@x', LOG_LEVEL: 'loud' });
  await expect(start).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  const { message } = (await start.catch((error: Error) => error)) as Error;
  for (const key of [
    'PORT',
    'ADMIN_PORT',
    'DATABASE_URL',
    'KAFKA_BROKERS',
    'JWT_ISSUER',
    'JWT_AUDIENCE',
    'JWT_JWKS',
    'LOG_LEVEL',
  ]) {
    expect(message).toMatch(new RegExp(`^  ${key}: `, 'm'));
  }
  expect(message).not.toContain('secret');
});
