import { selectList, type SqlClient } from '@outrider/common';

// A dead letter is PARKED: of a key without a next attempt, or without a key. Those of RETRYING keys count apart.
// Counts of messages stop at 100,001 (one LIMIT within the other, so that a key is never read further): this is asked
// at each scrape, and a key that was parked for days may have very many.
const ofKeys = (
  waits: string,
): string => `(SELECT count(*)::int FROM (SELECT 1 FROM inbox_key_state k CROSS JOIN LATERAL
    (SELECT 1 FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=k.topic AND p.msg_key=k.msg_key LIMIT 100001) m
    WHERE k.consumer=$1 AND k.topic=t.topic AND k.next_attempt_at ${waits} LIMIT 100001) y)`;
const SQL = `SELECT ${selectList<Row>({
  topic: 't.topic',
  keys: 't.keys',
  retrying_keys: 't.retrying_keys',
  events: `least(100001,${ofKeys('IS NULL')}+(SELECT count(*)::int FROM (SELECT 1 FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=t.topic AND p.msg_key IS NULL LIMIT 100001) y))`,
  retrying_events: ofKeys('IS NOT NULL'),
})}
FROM (SELECT u.topic,sum(u.dead)::int AS keys,sum(u.retrying)::int AS retrying_keys FROM (
  SELECT topic,count(*) FILTER (WHERE next_attempt_at IS NULL) AS dead,count(next_attempt_at) AS retrying FROM inbox_key_state WHERE consumer=$1 GROUP BY topic
  UNION ALL SELECT DISTINCT topic,0,0 FROM inbox_parked WHERE consumer=$1 AND msg_key IS NULL) u GROUP BY u.topic) t ORDER BY t.topic`;

interface Row {
  readonly topic: string;
  readonly events: number;
  readonly keys: number;
  readonly retrying_events: number;
  readonly retrying_keys: number;
}

export interface DeadLetterCount {
  readonly topic: string;
  /** dead letters: messages that wait for an operator; 100,001 = more than 100,000 */
  readonly events: number;
  /** keys that wait for an operator */
  readonly keys: number;
  /** messages of keys that are tried again by themselves; 100,001 = more than 100,000 */
  readonly retryingEvents: number;
  readonly retryingKeys: number;
}

/** What of a consumer's is PARKED and RETRYING, by topic; topics without any are left out. Cheap at any number. */
export async function countDeadLetters(sql: SqlClient, consumer: string): Promise<DeadLetterCount[]> {
  const { rows } = await sql.query<Row>(SQL, [consumer]);
  return rows.map((row) => ({
    topic: row.topic,
    events: row.events,
    keys: row.keys,
    retryingEvents: row.retrying_events,
    retryingKeys: row.retrying_keys,
  }));
}
