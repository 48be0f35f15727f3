import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { PostgresOutboxStore, PublishError, Relay, type EventPublisher } from '@outrider/outbox';
import {
  accessCases,
  AccessKeys,
  readAccessTable,
  startTestService,
  tryAccess,
  type CallResult,
  type TestService,
  type ValidRequest,
} from '../testing/index.js';
import { deadLetterService } from '../testing/dead-letter-service.js';
import { adminEndpoints } from './admin-api.js';

const table = readAccessTable('admin port');

/** A broker that refuses everything: every event of the outbox is parked. */
const broker: EventPublisher = {
  open: () => ({
    prepare: async () => {},
    partitionOf: () => undefined,
    send: async () => {
      throw new PublishError('event', 'REFUSED', { cause: new Error('too large') });
    },
    close: async () => {},
  }),
};
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('F33 access to the admin API', () => {
  let service: TestService;
  let keys: AccessKeys;
  let requests: Readonly<Record<string, () => ValidRequest>>;

  async function ask(method: string, path: string, body?: object): Promise<CallResult['body']> {
    const response = await fetch(service.adminUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${await service.token('root', 'admin')}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return response.json();
  }
  const product = { sku: 's', name: 'n', price: 1, currency: 'EUR', version: 1, initialStock: 0 };
  /** Makes `count` parked keys. @returns their paths */
  const parkKeys = async (
    below: string,
    count: number,
    publish: (key: string) => Promise<unknown>,
  ): Promise<string[]> => {
    const names = Array.from({ length: count }, newId);
    for (const key of names) await publish(key);
    for (const key of names) {
      const path = `/dead-letters/${below}/${key}`;
      await service.until(`${path} is parked`, async () => (await ask('GET', path)).deadLetter?.status === 'PARKED');
    }
    return names.map((key) => `/dead-letters/${below}/${key}`);
  };
  /** A replay that waits for its confirmation. @returns its path */
  const held = async (key: string): Promise<string> => {
    const { job } = await ask('POST', '/outbox/replays', { key, dryRun: true });
    const path = `/outbox/replays/${job}`;
    await service.until('the replay is held', async () => (await ask('GET', path)).state === 'HELD');
    return path;
  };

  beforeAll(async () => {
    keys = await AccessKeys.make(adminEndpoints);
    service = await startTestService(deadLetterService(new Set()), { env: keys.env });
    const relay = new Relay({
      store: new PostgresOutboxStore({ database: service.databaseUrl, pooled: false }),
      publisher: broker,
      log: silent,
      settings: { keyMaxAttempts: 1 },
    });
    relay.start();
    const [readKey = '', retryKey = '', discardKey = ''] = await parkKeys('outbox', 3, (key) =>
      service.publish('catalog-event', 'PRODUCT_REGISTERED', key, product),
    );
    // from here on nothing is written in the outbox but by the calls
    await relay.stop();
    const [{ eventId }] = (await ask('GET', readKey)).data;
    const [readBad = '', retryBad = '', discardBad = ''] = await parkKeys('inbox/catalog-event', 3, (key) =>
      service.publishRaw('catalog-event', key, 'poison'),
    );
    for (let count = 0; count < 2; count += 1) await service.publishRaw('catalog-event', null, 'alone');
    const alone = async (): Promise<{ id: string }[]> =>
      (await ask('GET', '/dead-letters?source=inbox')).data.filter(({ key }: { key: unknown }) => key === null);
    await service.until('both are parked', async () => (await alone()).length === 2);
    const [message, other] = (await alone()).map(({ id }) => `/dead-letters/${id}`);
    const key = readKey.replace('/dead-letters/outbox/', '');
    const [replay, confirmed, abandoned] = [await held(key), await held(key), await held(key)];
    const reason = { reason: 'tried' };
    requests = {
      listDeadLetters: () => ({ path: '/dead-letters' }),
      readOutboxKey: () => ({ path: readKey }),
      retryOutboxKey: () => ({ path: `${retryKey}/retry` }),
      discardOutboxKey: () => ({ path: `${discardKey}/discard`, body: reason }),
      readOutboxStatus: () => ({ path: '/outbox/status' }),
      readOutboxShards: () => ({ path: '/outbox/shards' }),
      traceOutboxEvent: () => ({ path: `/outbox/events/${eventId}` }),
      startOutboxReplay: () => ({ path: '/outbox/replays', body: { key, dryRun: true } }),
      listOutboxReplays: () => ({ path: '/outbox/replays' }),
      readOutboxReplay: () => ({ path: replay }),
      confirmOutboxReplay: () => ({ path: `${confirmed}/confirm` }),
      abandonOutboxReplay: () => ({ path: `${abandoned}/abandon` }),
      readInboxKey: () => ({ path: readBad }),
      // what is no JSON stays so
      retryInboxKey: () => ({ path: `${retryBad}/retry`, answers: 'retry-failed' }),
      discardInboxKey: () => ({ path: `${discardBad}/discard`, body: reason }),
      readInboxMessage: () => ({ path: message ?? '' }),
      retryInboxMessage: () => ({ path: `${message}/retry`, answers: 'retry-failed' }),
      discardInboxMessage: () => ({ path: `${other}/discard`, body: reason }),
    };
  });
  afterAll(async () => {
    await service.close();
    await keys.remove();
  });

  test('the table has every operation, and no other', () => {
    expect([...table.keys()].sort()).toEqual(adminEndpoints.map(({ operationId }) => operationId).sort());
  });

  test.each(accessCases(table, adminEndpoints))('%s by %s: %s', async (operation, _name, outcome, caller) => {
    const trial = { service, url: service.adminUrl, endpoints: adminEndpoints, keys, requests };
    // what a caller before this one was allowed to begin is written in the background
    await service.until('no replay moves', async () => {
      const moving = await service.sql(
        `SELECT 1 FROM outbox_replay WHERE state IN ('STAGING','RELEASING','ABANDONING')`,
      );
      return moving.length === 0;
    });
    expect(await tryAccess(trial, operation, caller)).toBe(outcome);
  });

  test('a caller who may not call is refused before the request is checked', async () => {
    const bodies = { '/outbox/replays': { wrong: true }, '/dead-letters/outbox/a%00b/discard': {} };
    for (const [path, body] of Object.entries(bodies)) {
      const answer = await fetch(service.adminUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(await answer.json()).toEqual({
        type: '/problems/unauthenticated',
        title: 'Authentication is required',
        detail: 'Nothing says who is calling. It takes a token (Authorization: Bearer) with the role admin.',
        status: 401,
      });
    }
  });

  test('invalid credentials are refused before the body is read', async () => {
    const answer = await fetch(`${service.adminUrl}/outbox/replays`, {
      method: 'POST',
      headers: { 'x-api-key': 'guessed', 'content-type': 'application/json' },
      body: '{',
    });
    expect(answer.status).toBe(401);
  });
});
