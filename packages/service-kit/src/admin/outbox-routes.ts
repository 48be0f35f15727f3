import { REPLAY_HORIZON_DAYS } from '@outrider/contracts';
import {
  abandonReplay,
  confirmReplay,
  discardKey,
  listReplays,
  listRelays,
  listShards,
  readParkedKey,
  readLag,
  replayStatus,
  startReplay,
  traceEvent,
  retryKey,
  type OutboxDatabase,
} from '@outrider/outbox';
import * as endpoints from './outbox-endpoints.js';
import type { Replays } from './replays.js';
import type { AdminRoutes } from './route.js';
import { isoOf, outboxLetter, replayView, traceView } from './views.js';

const horizon = `${REPLAY_HORIZON_DAYS} days`;

export function addOutboxRoutes(
  routes: AdminRoutes,
  name: string,
  database: OutboxDatabase,
  replays: Replays,
  partitionsOf: (topic: string) => number | undefined,
): void {
  routes.add(endpoints.readOutboxKey, async ({ params: { key }, query: { limit, starting_after: after } }) => {
    const parked = await readParkedKey(database, key, { limit, ...(after !== undefined && { after }) });
    return {
      deadLetter: outboxLetter(parked),
      data: parked.page.map(({ type, createdAt, ...event }) => ({
        ...event,
        eventType: type,
        createdAt: isoOf(createdAt),
      })),
      has_more: parked.next !== null,
    };
  });

  routes.add(endpoints.replayOutboxKey, async ({ params: { key } }) => retryKey(database, key, { horizon }));

  routes.add(endpoints.discardOutboxKey, async ({ params: { key }, body: { reason, eventIds }, by }) => {
    const { discarded } = await discardKey(database, key, { reason, by, ...(eventIds && { eventIds }) });
    return { events: discarded };
  });

  routes.add(endpoints.readOutboxStatus, async () => {
    const { oldestPending, pending, deadEvents, deadKeys, retryingKeys } = await readLag(database);
    const relays = await listRelays(database);
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

  routes.add(endpoints.readOutboxShards, async () => ({
    data: (await listShards(database)).map(({ leaseUntil, oldestPending, ...shard }) => ({
      ...shard,
      leaseUntil: isoOf(leaseUntil),
      oldestPending: isoOf(oldestPending),
    })),
  }));

  routes.add(endpoints.traceOutboxEvent, async ({ params: { eventId } }) =>
    traceView(await traceEvent(database, eventId, partitionsOf)),
  );

  routes.add(endpoints.startOutboxReplay, async ({ body: { key, from, to, dryRun }, by }) => {
    const replay = await startReplay(database, {
      by,
      dryRun,
      horizon,
      ...(key !== undefined && { key }),
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { to: new Date(to) }),
    });
    replays.nudge();
    return replayView(replay);
  });

  routes.add(endpoints.listOutboxReplays, async () => ({
    data: (await listReplays(database)).map(replayView),
  }));

  routes.add(endpoints.readOutboxReplay, async ({ params: { job } }) => replayView(await replayStatus(database, job)));

  const move = async (job: string, to: typeof confirmReplay): Promise<object> => {
    const replay = await to(database, job);
    replays.nudge();
    return replayView(replay);
  };
  routes.add(endpoints.confirmOutboxReplay, async ({ params: { job } }) => move(job, confirmReplay));
  routes.add(endpoints.abandonOutboxReplay, async ({ params: { job } }) => move(job, abandonReplay));
}
