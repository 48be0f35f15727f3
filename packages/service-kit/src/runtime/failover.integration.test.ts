import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Controller, Inject } from '@nestjs/common';
import { OwnPostgres, startTcpProxy, until, type TcpProxy } from '@outrider/testkit';
import { z } from 'zod';
import { sqlMigrations, Transactor } from '../database/index.js';
import { defineEndpoint, Endpoint, type Answer, type RequestOf } from '../http/index.js';
import { startTestService, type TestService } from '../testing/index.js';
import { serviceSettings, type ServiceConfig, type ServiceDefinition } from './index.js';

const READERS = 5;

const described = { summary: 'Count notes', access: 'anyone', path: '/notes' } as const;
const body = z.object({ notes: z.number(), port: z.number() });
const count = defineEndpoint({
  ...described,
  operationId: 'count',
  method: 'GET',
  responses: { 200: { description: 'so many', body } },
});
const add = defineEndpoint({
  ...described,
  operationId: 'add',
  method: 'POST',
  responses: { 201: { description: 'added', body } },
});

@Controller()
class NotesController {
  constructor(@Inject(Transactor) private readonly transactor: Transactor) {}

  /** Takes a moment, so that several at once need several connections. */
  @Endpoint(count)
  async count(_request: RequestOf<typeof count>): Promise<Answer> {
    const { rows } = await this.transactor
      .read()
      .query('SELECT (SELECT count(*)::int FROM note) AS notes, inet_server_port() AS port, pg_sleep($1)::text', [0.1]);
    return { status: 200, body: rows[0] };
  }

  @Endpoint(add)
  async add(_request: RequestOf<typeof add>): Promise<Answer> {
    return this.transactor.run(async (tx) => {
      await tx.sql.query('INSERT INTO note(text) VALUES ($1)', ['x']);
      const { rows } = await tx.sql.query('SELECT count(*)::int AS notes, inet_server_port() AS port FROM note');
      return { status: 201, body: rows[0] };
    });
  }
}

const notes: ServiceDefinition<ServiceConfig> = {
  name: 'notes',
  title: 'Notes',
  config: z.object(serviceSettings),
  entities: [],
  migrations: sqlMigrations([{ name: 'notes_0001', sql: 'CREATE TABLE note (text text NOT NULL)' }]),
  controllers: [NotesController],
  module: ({ transactor }) => ({
    module: class NotesModule {},
    controllers: [NotesController],
    providers: [{ provide: Transactor, useValue: transactor }],
  }),
  subscriptions: () => [],
};

let primary: OwnPostgres;
let standby: OwnPostgres;
/** stands for the name that the service knows its database by */
let name: TcpProxy;
let service: TestService;

beforeAll(async () => {
  primary = await OwnPostgres.open();
  standby = await primary.standby();
  name = await startTcpProxy(primary.url);
  service = await startTestService(notes, {
    env: { DATABASE_URL: name.url, DATABASE_POOL: String(READERS), LOG_LEVEL: 'silent' },
  });
});
afterAll(async () => {
  await service.close();
  await name.close();
  await primary[Symbol.asyncDispose]();
});

const portOf = (server: OwnPostgres): number => Number(new URL(server.url).port);
const readiness = async (): Promise<{ status: number; database: string }> => {
  const answer = await fetch(`${service.adminUrl}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, string> };
  return { status: answer.status, database: checks['database'] ?? '' };
};
/** Consumers join their group in their own time. */
const ready = () => until('it is ready', async () => (await readiness()).status === 200);
const readAll = () => Promise.all(Array.from({ length: READERS }, () => service.call('GET', '/notes')));

/** Every connection breaks, and the next ones lead to this server. */
async function reconnectTo(server: OwnPostgres): Promise<void> {
  name.lead(server.url);
  await name.cut();
  await name.restore();
  await until('it is read', async () => {
    const answers = await readAll();
    return answers.every(({ status, body }) => status === 200 && body.port === portOf(server));
  });
}

test('F38 sessions from the time when the name led to a standby: it is not ready, and recovers when the name leads back', async () => {
  expect(await service.call('POST', '/notes')).toMatchObject({ status: 201, body: { notes: 1 } });
  await ready();

  await reconnectTo(standby);
  expect(await service.call('POST', '/notes')).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
  expect(await readiness()).toMatchObject({ status: 503, database: expect.stringContaining('read-only') });
  // what can be read is
  expect((await readAll()).map(({ status }) => status)).toEqual(Array(READERS).fill(200));

  name.lead(primary.url);
  expect(await service.call('POST', '/notes')).toMatchObject({ status: 201, body: { notes: 2 } });
  // and nobody is shown the standby's past any more
  const read = await readAll();
  expect(read.map(({ body }) => body)).toEqual(
    read.map(() => expect.objectContaining({ notes: 2, port: portOf(primary) })),
  );
  await ready();
});

test('F38 without writes: the readiness check is enough to leave the standby', async () => {
  await reconnectTo(standby);
  name.lead(primary.url);
  await ready();
  expect((await readAll()).map(({ body }) => body.port)).toEqual(Array(READERS).fill(portOf(primary)));
});

test('F38 the primary dies, and its standby is promoted', async () => {
  await until('the standby has followed', async () => {
    await reconnectTo(standby);
    return (await service.call('GET', '/notes')).body.notes === 2;
  });
  await primary.kill();
  expect(await service.call('POST', '/notes')).toMatchObject({ status: 503 });
  await standby.promote();
  expect(await service.call('POST', '/notes')).toMatchObject({ status: 201, body: { notes: 3 } });
  await ready();
});
