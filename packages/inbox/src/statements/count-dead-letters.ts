import type { SqlClient } from '../ports.js';

// Dead = waits for a person: of a key without a next attempt, or without a key. Those to be tried again count apart.
const SQL = `SELECT p.topic,
  count(*) FILTER (WHERE k.next_attempt_at IS NULL)::int AS events,
  count(DISTINCT p.msg_key) FILTER (WHERE k.next_attempt_at IS NULL)::int AS keys,
  count(*) FILTER (WHERE k.next_attempt_at IS NOT NULL)::int AS retrying_events,
  count(DISTINCT p.msg_key) FILTER (WHERE k.next_attempt_at IS NOT NULL)::int AS retrying_keys
FROM inbox_parked p LEFT JOIN inbox_key_state k USING (consumer,topic,msg_key) WHERE p.consumer=$1 GROUP BY p.topic ORDER BY p.topic`;

export interface DeadLetterCount {
  readonly topic: string;
  /** messages that wait for a person */
  readonly events: number;
  /** keys that wait for a person */
  readonly keys: number;
  readonly retryingEvents: number;
  readonly retryingKeys: number;
}

/** Dead letters of a consumer by topic; topics without any are left out. */
export async function inboxDeadLetters(sql: SqlClient, consumer: string): Promise<DeadLetterCount[]> {
  const { rows } = await sql.query<{
    topic: string;
    events: number;
    keys: number;
    retrying_events: number;
    retrying_keys: number;
  }>(SQL, [consumer]);
  return rows.map((row) => ({
    topic: row.topic,
    events: row.events,
    keys: row.keys,
    retryingEvents: row.retrying_events,
    retryingKeys: row.retrying_keys,
  }));
}
