import { REPLAY_HORIZON_DAYS } from '@outrider/contracts';
import {
  abandonReplay,
  confirmReplay,
  discardKey,
  listRelays,
  listReplays,
  listShards,
  readLag,
  readParkedKey,
  replayStatus,
  retryKey,
  startReplay,
  traceEvent,
  type Replay,
} from '@outrider/outbox';
import { Endpoint, type Answer, type RequestOf } from '../http/index.js';
import { operatorOf, type AdminContext } from './admin-context.js';
import * as endpoints from './outbox-endpoints.js';
import { isoOf, outboxDeadLetter, replayView, traceView } from './views.js';

const horizon = `${REPLAY_HORIZON_DAYS} days`;

export class OutboxController {
  constructor(private readonly context: AdminContext) {}

  @Endpoint(endpoints.readOutboxKey)
  async readOutboxKey({ params: { key }, query }: RequestOf<typeof endpoints.readOutboxKey>): Promise<Answer> {
    const { limit, starting_after: after } = query;
    const parked = await readParkedKey(this.context.database, key, { limit, ...(after !== undefined && { after }) });
    return {
      status: 200,
      body: {
        deadLetter: outboxDeadLetter(parked),
        data: parked.page.map(({ type, createdAt, ...event }) => ({
          ...event,
          eventType: type,
          createdAt: isoOf(createdAt),
        })),
        has_more: parked.next !== null,
      },
    };
  }

  @Endpoint(endpoints.retryOutboxKey)
  async retryOutboxKey({ params }: RequestOf<typeof endpoints.retryOutboxKey>): Promise<Answer> {
    return { status: 200, body: await retryKey(this.context.database, params.key, { horizon }) };
  }

  @Endpoint(endpoints.discardOutboxKey)
  async discardOutboxKey(request: RequestOf<typeof endpoints.discardOutboxKey>): Promise<Answer> {
    const { reason, eventIds } = request.body;
    const by = operatorOf(request.principal);
    const { discarded } = await discardKey(this.context.database, request.params.key, {
      reason,
      by,
      ...(eventIds && { eventIds }),
    });
    return { status: 200, body: { events: discarded } };
  }

  @Endpoint(endpoints.readOutboxStatus)
  async readOutboxStatus(): Promise<Answer> {
    const { database, name } = this.context;
    const { oldestPending, pending, deadEvents, deadKeys, retryingKeys } = await readLag(database);
    const relays = await listRelays(database);
    return {
      status: 200,
      body: {
        database: name,
        unpublished: pending,
        oldestUnpublishedAt: isoOf(oldestPending),
        deadEvents,
        deadKeys,
        retryingKeys,
        relays: relays.map(({ aliveUntil, ...relay }) => ({ ...relay, aliveUntil: aliveUntil.toISOString() })),
      },
    };
  }

  @Endpoint(endpoints.readOutboxShards)
  async readOutboxShards(): Promise<Answer> {
    const shards = await listShards(this.context.database);
    const data = shards.map(({ leaseUntil, oldestPending, ...shard }) => ({
      ...shard,
      leaseUntil: isoOf(leaseUntil),
      oldestPending: isoOf(oldestPending),
    }));
    return { status: 200, body: { data } };
  }

  @Endpoint(endpoints.traceOutboxEvent)
  async traceOutboxEvent({ params }: RequestOf<typeof endpoints.traceOutboxEvent>): Promise<Answer> {
    const { database, partitionsOf } = this.context;
    return { status: 200, body: traceView(await traceEvent(database, params.eventId, partitionsOf)) };
  }

  @Endpoint(endpoints.startOutboxReplay)
  async startOutboxReplay({ principal, body }: RequestOf<typeof endpoints.startOutboxReplay>): Promise<Answer> {
    const { key, from, to, dryRun } = body;
    const replay = await startReplay(this.context.database, {
      by: operatorOf(principal),
      dryRun,
      horizon,
      ...(key !== undefined && { key }),
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { to: new Date(to) }),
    });
    return this.#runs(replay);
  }

  @Endpoint(endpoints.listOutboxReplays)
  async listOutboxReplays(): Promise<Answer> {
    return { status: 200, body: { data: (await listReplays(this.context.database)).map(replayView) } };
  }

  @Endpoint(endpoints.readOutboxReplay)
  async readOutboxReplay({ params }: RequestOf<typeof endpoints.readOutboxReplay>): Promise<Answer> {
    return { status: 200, body: replayView(await replayStatus(this.context.database, params.job)) };
  }

  @Endpoint(endpoints.confirmOutboxReplay)
  async confirmOutboxReplay({ params }: RequestOf<typeof endpoints.confirmOutboxReplay>): Promise<Answer> {
    return this.#runs(await confirmReplay(this.context.database, params.job));
  }

  @Endpoint(endpoints.abandonOutboxReplay)
  async abandonOutboxReplay({ params }: RequestOf<typeof endpoints.abandonOutboxReplay>): Promise<Answer> {
    return this.#runs(await abandonReplay(this.context.database, params.job));
  }

  #runs(replay: Replay): Answer {
    this.context.replays.nudge();
    return { status: 202, body: replayView(replay) };
  }
}
