import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import type { OrderStatus } from '@outrider/contracts';
import { followOrders } from './follow-orders.js';

/** An order service in which order n goes through the statuses given for it, one each time it is looked at. */
async function serve(statuses: Record<string, OrderStatus[]>, redirectUrl?: string) {
  const server = createServer((request, response) => {
    const id = request.url?.split('/').at(-1) ?? '';
    const mine = statuses[id] ?? [];
    const status = mine.length > 1 ? mine.shift() : mine[0];
    const at = '2026-01-01T00:00:00.000Z';
    response.end(
      JSON.stringify({
        id,
        customerId: 'c',
        reference: null,
        status,
        lines: [],
        adjustments: [],
        total: 1,
        refundedTotal: 0,
        shortages: [],
        disputes: [],
        metadata: {},
        currency: 'USD',
        reason: null,
        action: redirectUrl === undefined ? null : { redirectUrl, expiresAt: at },
        version: 10 - mine.length,
        createdAt: at,
        updatedAt: at,
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    orderUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => (server.closeAllConnections(), server.close()),
  };
}

const { signal } = new AbortController();
const act = async () => undefined;
const ids = Array.from({ length: 40 }, (_, n) => `019a0000-0000-7000-8000-0000000000${n + 10}`);

it('follows orders until each has ended', async () => {
  const server = await serve(Object.fromEntries(ids.map((id) => [id, ['CREATED', 'PAID', 'COMPLETED']])));
  const told: number[] = [];
  const progress = (ended: number) => told.push(ended);
  const seen = await followOrders({ ...server, token: 't', ids, signal, progress, act });
  server.close();
  expect([...seen.values()].map(({ status }) => status)).toEqual(ids.map(() => 'COMPLETED'));
  expect(told.at(-1)).toBe(40);
});

it('gives up on orders that do not move, and still knows how the others ended', async () => {
  const server = await serve(
    Object.fromEntries(ids.map((id, n) => [id, [n < 32 ? ('PAYING' as const) : ('FAILED' as const)]])),
  );
  const seen = await followOrders({
    ...server,
    token: 't',
    ids,
    signal,
    act,
    progress: () => undefined,
    patienceMs: 300,
  });
  server.close();
  const counts = Object.groupBy(seen.values(), ({ status }) => status);
  expect(counts.PAYING).toHaveLength(32);
  expect(counts.FAILED).toHaveLength(8);
});

it('acts for the customer of an order that shows what to do, once, and not when it has ended', async () => {
  const open: OrderStatus[] = ['CREATED', 'PAYING', 'PAYING', 'COMPLETED'];
  const server = await serve({ [ids[0]!]: open, [ids[1]!]: ['PAYMENT_FAILED'] }, 'http://pay.example/act');
  const urls: string[] = [];
  await followOrders({
    ...server,
    token: 't',
    ids: ids.slice(0, 2),
    signal,
    progress: () => undefined,
    act: async (url) => void urls.push(url),
  });
  server.close();
  expect(urls).toEqual(['http://pay.example/act']);
});
