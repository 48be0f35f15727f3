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
  {
    // One round trip for both. In a volatile function each statement has a snapshot of its own: the look at the table comes
    // after the lock, and so sees what the one that had it before has committed. The version before this one does
    // the same in two statements, with the same lock.
    name: 'idempotency_0002_begin',
    sql: `CREATE FUNCTION idempotency_begin(scope text, for_principal text, for_route text, for_key text)
RETURNS TABLE (locked boolean, request_hash text, status smallint, headers jsonb, body jsonb) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(scope, 0)) THEN
    RETURN QUERY SELECT false, NULL::text, NULL::smallint, NULL::jsonb, NULL::jsonb;
    RETURN;
  END IF;
  RETURN QUERY SELECT true, r.request_hash, r.status, r.headers, r.body FROM idempotency_record r
    WHERE r.principal = for_principal AND r.route = for_route AND r.key = for_key;
  IF NOT FOUND THEN RETURN QUERY SELECT true, NULL::text, NULL::smallint, NULL::jsonb, NULL::jsonb; END IF;
END $$`,
  },
] as const;

/** An answer of an endpoint that is stored and sent again. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Begun =
  | { readonly locked: false }
  | { readonly locked: true; readonly request_hash: null }
  | {
      readonly locked: true;
      readonly request_hash: string;
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: unknown;
    };

/** Identifies a request: keys of different callers or routes are independent. */
export interface IdempotentRequest {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** the parsed request; the same again has the same hash */
  readonly body: unknown;
}

/** The transaction of an effect. */
export interface IdempotentTransaction {
  readonly sql: SqlClient;
  /** for statements of which nothing is read */
  readonly unread: SqlClient;
}

/**
 * Runs `work` once per key: in the transaction `tx`, with its answer stored beside its effect. The same request
 * again gets the stored answer with Idempotent-Replayed: true. A failure of `work` rolls back and is not stored.
 * @throws ProblemError idempotency-key-in-flight (409) when another request with the key is being handled,
 *   idempotency-key-reused (422) when the key came before with another body.
 */
export function idempotent(
  tx: IdempotentTransaction,
  request: IdempotentRequest,
  work: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  return idempotentReading(tx, request, async () => undefined, work);
}

/**
 * The same, for work that begins with a look at the database: `read` goes there together with the look for the key. It is done for
 * a request that came before too, so it must lock and change nothing.
 */
export async function idempotentReading<R>(
  tx: IdempotentTransaction,
  request: IdempotentRequest,
  read: () => Promise<R>,
  work: (read: R) => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const scope = [request.principal, request.route, request.key];
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
  const [begun, found] = await Promise.all([begin(tx.sql, scope), read()]);
  if (begun?.locked !== true) {
    throw new ProblemError('idempotency-key-in-flight', undefined, {}, { 'retry-after': '1' });
  }
  if (begun.request_hash !== null) {
    if (begun.request_hash !== hash) throw new ProblemError('idempotency-key-reused');
    return { status: begun.status, headers: { ...begun.headers, 'idempotent-replayed': 'true' }, body: begun.body };
  }
  const answer = await work(found);
  await tx.unread.query(
    `INSERT INTO idempotency_record(principal, route, key, request_hash, status, headers, body)
VALUES ($1,$2,$3,$4,$5,$6::jsonb,$7::jsonb)`,
    [...scope, hash, answer.status, JSON.stringify(answer.headers ?? {}), JSON.stringify(answer.body ?? null)],
  );
  return answer;
}

async function begin(sql: SqlClient, scope: readonly string[]): Promise<Begun | undefined> {
  const { rows } = await sql.query<Begun>('SELECT * FROM idempotency_begin($1, $2, $3, $4)', [
    scope.join('\n'),
    ...scope,
  ]);
  return rows[0];
}

/** Deletes answers older than a day, at most 5,000 a call. @returns how many were deleted */
export async function deleteOldAnswers(client: SqlClient): Promise<number> {
  const gone = await client.query(
    `DELETE FROM idempotency_record WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_record WHERE created_at < now() - interval '24 hours' LIMIT 5000))`,
  );
  return gone.rowCount ?? 0;
}
