import { letterPageQuerySchema, outboxDiscardSchema, startReplaySchema } from '@outrider/contracts';
import {
  abandonReplay,
  confirmReplay,
  discardKey,
  listReplays,
  livingRelays,
  outboxShards,
  parkedOfKey,
  readLag,
  replayStatus,
  startReplay,
  traceEvent,
  unparkKey,
  type OutboxDatabase,
} from '@outrider/outbox';
import { z } from 'zod';
import type { Replays } from './replays.js';
import type { AdminRoutes } from './route.js';
import { isoOf, outboxLetter, replayView, traceView } from './views.js';

const ofKey = z.object({ key: z.string() });
const ofEvent = z.object({ eventId: z.uuid() });
const ofJob = z.object({ job: z.uuid() });

export function addOutboxRoutes(
  routes: AdminRoutes,
  name: string,
  database: OutboxDatabase,
  replays: Replays,
  partitionsOf: (topic: string) => number | undefined,
): void {
  const keyPath = '/dead-letters/outbox/:key';

  routes.add(
    { method: 'GET', path: keyPath, params: ofKey, query: letterPageQuerySchema },
    async ({ params: { key }, query: { limit, starting_after: after } }) => {
      const parked = await parkedOfKey(database, key, { limit, ...(after !== undefined && { after }) });
      return {
        letter: outboxLetter(parked),
        data: parked.page.map(({ type, createdAt, ...event }) => ({
          ...event,
          eventType: type,
          createdAt: isoOf(createdAt),
        })),
        has_more: parked.next !== null,
      };
    },
  );

  routes.add({ method: 'POST', path: `${keyPath}/replay`, params: ofKey }, async ({ params: { key } }) =>
    unparkKey(database, key),
  );

  routes.add(
    { method: 'POST', path: `${keyPath}/discard`, params: ofKey, body: outboxDiscardSchema },
    async ({ params: { key }, body: { reason, eventIds }, by }) => {
      const { discarded } = await discardKey(database, key, { reason, by, ...(eventIds && { eventIds }) });
      return { events: discarded };
    },
  );

  routes.add({ method: 'GET', path: '/outbox/status' }, async () => {
    const { oldestPending, pending, deadEvents, deadKeys, retryingKeys } = await readLag(database);
    const relays = await livingRelays(database);
    return {
      database: name,
      unpublished: pending,
      oldestUnpublishedAt: isoOf(oldestPending),
      deadEvents,
      deadKeys,
      retryingKeys,
      relays: relays.map(({ aliveUntil, ...relay }) => ({ ...relay, aliveUntil: aliveUntil.toISOString() })),
    };
  });

  routes.add({ method: 'GET', path: '/outbox/shards' }, async () => ({
    data: (await outboxShards(database)).map(({ leaseUntil, oldestPending, ...shard }) => ({
      ...shard,
      leaseUntil: isoOf(leaseUntil),
      oldestPending: isoOf(oldestPending),
    })),
  }));

  routes.add({ method: 'GET', path: '/outbox/events/:eventId', params: ofEvent }, async ({ params: { eventId } }) =>
    traceView(await traceEvent(database, eventId, partitionsOf)),
  );

  routes.add(
    { method: 'POST', path: '/outbox/replays', body: startReplaySchema },
    async ({ body: { key, from, to, dryRun }, by }) => {
      const replay = await startReplay(database, {
        by,
        dryRun,
        ...(key !== undefined && { key }),
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      });
      replays.nudge();
      return replayView(replay);
    },
    202,
  );

  routes.add({ method: 'GET', path: '/outbox/replays' }, async () => ({
    data: (await listReplays(database)).map(replayView),
  }));

  routes.add({ method: 'GET', path: '/outbox/replays/:job', params: ofJob }, async ({ params: { job } }) =>
    replayView(await replayStatus(database, job)),
  );

  const move = (what: string, to: typeof confirmReplay): void =>
    routes.add(
      { method: 'POST', path: `/outbox/replays/:job/${what}`, params: ofJob },
      async ({ params: { job } }) => {
        const replay = await to(database, job);
        replays.nudge();
        return replayView(replay);
      },
      202,
    );
  move('confirm', confirmReplay);
  move('abandon', abandonReplay);
}
