import type { DeadLetter, EventTrace, DeadLetterMessage, Replay } from '@outrider/contracts';
import { readText, type ParkedContent, type ParkedKey, type ParkedMessage } from '@outrider/inbox';
import type { EventTrace as Trace, ParkedKey as OutboxKey, Replay as OutboxReplay } from '@outrider/outbox';
import { deadLetterId } from './dead-letter-path.js';

export function outboxDeadLetter(parked: OutboxKey): DeadLetter {
  const { key, shard, status, events, attempts, nextAttemptAt, reason } = parked;
  return {
    id: deadLetterId({ source: 'outbox', key }),
    source: 'outbox',
    key,
    shard,
    status,
    events,
    attempts,
    nextAttemptAt: isoOf(nextAttemptAt),
    reason,
  };
}

export function inboxDeadLetter(parked: ParkedKey | ParkedMessage): DeadLetter {
  const { topic, key, attempts, reason, parkedAt } = parked;
  const shared = { source: 'inbox', topic, key, attempts, reason, parkedAt: isoOf(parkedAt) } as const;
  if (parked.kind === 'key') {
    return {
      ...shared,
      id: deadLetterId({ source: 'inbox', at: { topic, key: parked.key } }),
      partition: null,
      offset: null,
      status: parked.nextAttemptAt === null ? 'PARKED' : 'RETRYING',
      events: parked.events,
      nextAttemptAt: isoOf(parked.nextAttemptAt),
    };
  }
  return {
    ...shared,
    id: deadLetterId({ source: 'inbox', at: parked }),
    partition: parked.partition,
    offset: String(parked.offset),
    status: 'PARKED',
    events: 1,
    nextAttemptAt: null,
  };
}

export function messageView(message: ParkedContent): DeadLetterMessage {
  const { topic, partition, key, eventId, reason, attempts, size } = message;
  const offset = String(message.offset);
  return {
    id: `${partition}/${offset}`,
    topic,
    partition,
    offset,
    key,
    eventId,
    reason,
    attempts,
    parkedAt: message.parkedAt.toISOString(),
    rawKey: message.rawKey === null ? null : bytesView(message.rawKey),
    rawValue: message.rawValue === null ? null : bytesView(message.rawValue),
    size,
    headers: message.headers.map(([name, value]) => ({ name, value: bytesView(value) })),
  };
}

export function traceView({ type, ...trace }: Trace): EventTrace {
  return {
    ...trace,
    eventType: type,
    createdAt: trace.createdAt.toISOString(),
    lockedUntil: isoOf(trace.lockedUntil),
    nextAttemptAt: isoOf(trace.nextAttemptAt),
    discarded: trace.discarded === null ? null : { ...trace.discarded, at: trace.discarded.at.toISOString() },
  };
}

export function replayView(replay: OutboxReplay): Replay {
  return {
    ...replay,
    from: replay.from.toISOString(),
    to: replay.to.toISOString(),
    horizon: replay.horizon.toISOString(),
    askedAt: replay.askedAt.toISOString(),
    movedAt: replay.movedAt.toISOString(),
  };
}

export function isoOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}

function bytesView(bytes: Uint8Array): { base64: string; text: string | null } {
  return { base64: Buffer.from(bytes).toString('base64'), text: readText(bytes) ?? null };
}
