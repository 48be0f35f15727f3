import { createHash } from 'node:crypto';
import type { SqlClient } from '@outrider/common';
import { ProblemError } from '@outrider/contracts';

/** The table of stored answers, in the database of the service whose effects it protects. */
export const idempotencyMigrations = [
  {
    name: 'idempotency_0001_table',
    sql: `CREATE TABLE idempotency_record (
  principal text NOT NULL, route text NOT NULL, key text NOT NULL,
  request_hash text NOT NULL, status smallint NOT NULL, headers jsonb NOT NULL, body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (principal, route, key));
CREATE INDEX idempotency_record_created_at ON idempotency_record (created_at)`,
  },
] as const;

/** An answer of an endpoint that is stored and sent again. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Identifies a request: keys of different callers or routes are independent. */
export interface IdempotentRequest {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** the parsed request; the same again has the same hash */
  readonly body: unknown;
}

/**
 * Runs `work` once per key: in the transaction `tx`, with its answer stored beside its effect. The same request
 * again gets the stored answer with Idempotent-Replayed: true. A failure of `work` rolls back and is not stored.
 * @throws ProblemError idempotency-key-in-flight (409) when another request with the key is being handled,
 *   idempotency-key-reused (422) when the key came before with another body.
 */
export async function idempotent(
  tx: SqlClient,
  request: IdempotentRequest,
  work: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const scope = [request.principal, request.route, request.key];
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
  const lock = await tx.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
    [scope.join('\n')],
  );
  if (lock.rows[0]?.locked !== true)
    throw new ProblemError('idempotency-key-in-flight', undefined, {}, { 'retry-after': '1' });
  const stored = await tx.query<{
    request_hash: string;
    status: number;
    headers: Record<string, string>;
    body: unknown;
  }>(
    'SELECT request_hash, status, headers, body FROM idempotency_record WHERE principal=$1 AND route=$2 AND key=$3',
    scope,
  );
  const before = stored.rows[0];
  if (before !== undefined) {
    if (before.request_hash !== hash) throw new ProblemError('idempotency-key-reused');
    return { status: before.status, headers: { ...before.headers, 'idempotent-replayed': 'true' }, body: before.body };
  }
  const answer = await work();
  await tx.query(
    `INSERT INTO idempotency_record(principal, route, key, request_hash, status, headers, body)
VALUES ($1,$2,$3,$4,$5,$6::jsonb,$7::jsonb)`,
    [...scope, hash, answer.status, JSON.stringify(answer.headers ?? {}), JSON.stringify(answer.body ?? null)],
  );
  return answer;
}

/** Deletes answers older than a day, at most 5,000 a call. @returns how many were deleted */
export async function deleteOldAnswers(client: SqlClient): Promise<number> {
  const gone = await client.query(
    `DELETE FROM idempotency_record WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_record WHERE created_at < now() - interval '24 hours' LIMIT 5000))`,
  );
  return gone.rowCount ?? 0;
}
