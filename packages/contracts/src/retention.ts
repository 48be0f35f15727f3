import { TOPIC_RETENTION_MS } from './topics.js';

const DAY_MS = 24 * 3600 * 1000;

/**
 * How long readers know the ids of events that they have handled, in days. An event that comes later than that has its
 * effects a second time.
 */
export const EVENT_ID_DAYS = 16;

/** After how long a piece of a topic's log is closed, in milliseconds: Kafka deletes closed pieces only. A day. */
export const TOPIC_SEGMENT_MS = DAY_MS;

/** What a replay may wait for the broker, in days. */
const MARGIN_DAYS = 1;

/**
 * How many days after it was written an event may be sent again at the latest. It then lies in its topic for the topic's
 * retention, and until the piece of the log that it is in is closed; a reader that begins at the beginning gets it for so
 * long, and must still know its id. Outbox and inbox count from the same time, which is in the id, and drop whole days of
 * UTC, so neither has to be rounded.
 */
export const LONGEST_OUTBOX_DAYS = EVENT_ID_DAYS - (TOPIC_RETENTION_MS + TOPIC_SEGMENT_MS) / DAY_MS - MARGIN_DAYS;

/**
 * How many days after it was written an event that has been sent may be sent again: as long as an outbox may keep it. A
 * day that is kept for longer, because something in it has not gone out, is not replayed.
 */
export const REPLAY_HORIZON_DAYS = LONGEST_OUTBOX_DAYS;

/** Why an outbox must not keep events for so many days; undefined when it may. */
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
