import { TOPIC_RETENTION_MS } from './topics.js';

const DAY_MS = 24 * 3600 * 1000;

/**
 * How long consumers keep the ids of handled events, in days. An event that comes again after that has its effect a
 * second time.
 */
export const EVENT_ID_DAYS = 16;

/** segment.ms of a topic: Kafka deletes closed segments only. A day, in milliseconds. */
export const TOPIC_SEGMENT_MS = DAY_MS;

/** How long a replay may wait for the broker, in days. */
const MARGIN_DAYS = 1;

/**
 * How many days after it was written an event may be sent again at the latest. Then it is in its topic for the topic's
 * retention, and until its segment is closed; a consumer that starts from the beginning gets it for that long, and must
 * still know its id. Outbox and inbox count from the time in the id and drop whole days (UTC), so neither is rounded.
 */
export const LONGEST_OUTBOX_DAYS = EVENT_ID_DAYS - (TOPIC_RETENTION_MS + TOPIC_SEGMENT_MS) / DAY_MS - MARGIN_DAYS;

/**
 * How many days after it was written a published event may be replayed: as long as an outbox may keep it. A day that is
 * kept for longer, because of an unpublished event, is not replayed.
 */
export const REPLAY_HORIZON_DAYS = LONGEST_OUTBOX_DAYS;

/** Why an outbox must not keep events for this many days; undefined when it may. */
export function outboxRetentionFault(days: number): string | undefined {
  if (days <= LONGEST_OUTBOX_DAYS) return undefined;
  const topic = TOPIC_RETENTION_MS / DAY_MS;
  const segment = TOPIC_SEGMENT_MS / DAY_MS;
  const sum = days + topic + segment + MARGIN_DAYS;
  return (
    `must be ${LONGEST_OUTBOX_DAYS} at most: an event replayed after ${days} days lies in its topic for another ` +
    `${topic} + ${segment}, with ${MARGIN_DAYS} to spare ${sum} days, and readers know its id for ${EVENT_ID_DAYS}; ` +
    `later it would have its effects twice`
  );
}
