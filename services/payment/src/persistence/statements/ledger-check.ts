import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Walk } from '../../domain/ledger-walk.js';
import { DIFFERENCES, WALKS, type DifferenceRow, type WalksRow } from '../tables/ledger-checks.js';

// One statement creates the row, or claims it when it is due and has no owner, or one whose lease has expired.
const CLAIM = `INSERT INTO ledger_check AS c (provider, owner, lease_until)
VALUES ($1, $2, now() + $3::float8 * interval '1 millisecond')
ON CONFLICT (provider) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, lists = true
WHERE c.due_at <= now() AND (c.owner IS NULL OR c.lease_until <= now())
RETURNING ${WALKS.select('c')}, (extract(epoch FROM now()) * 1000)::float8 AS now`;

const RENEW = `UPDATE ledger_check SET lease_until = now() + $3::float8 * interval '1 millisecond'
WHERE provider = $1 AND owner = $2`;

const KEY = DIFFERENCES.pick('orderId', 'reference');
const KNOWN = DIFFERENCES.pick('orderId', 'reference', 'charge');

// A step of a walk and what it found are one statement, and a process without the lease writes nothing.
const SAVE = `WITH held AS (
  UPDATE ledger_check SET recent = coalesce($3::jsonb, recent), sweep = coalesce($4::jsonb, sweep),
    checked_at = CASE WHEN $5 THEN now() ELSE checked_at END,
    checked_from = CASE WHEN $5 THEN coalesce(checked_from, to_timestamp(($3::jsonb->>'from')::float8 / 1000)) ELSE checked_from END,
    checked_to = CASE WHEN $5 THEN to_timestamp(($3::jsonb->>'to')::float8 / 1000) ELSE checked_to END
  WHERE provider = $1 AND owner = $2 RETURNING provider
), resolved AS (
  DELETE FROM ledger_difference d USING held, json_to_recordset($6::json) AS r(${KEY.record})
  WHERE d.provider = held.provider AND d.order_id = r.order_id AND d.reference = r.reference
), found AS (
  INSERT INTO ledger_difference (provider, ${DIFFERENCES.names})
  SELECT held.provider, r.* FROM held, json_to_recordset($7::json) AS r(${DIFFERENCES.record})
  ON CONFLICT (provider, order_id, reference) DO UPDATE SET kind = excluded.kind, expected = excluded.expected,
    seen = excluded.seen, charge = coalesce(excluded.charge, ledger_difference.charge), last_seen = now()
)
SELECT count(*)::int AS held FROM held`;

const FINISH = `UPDATE ledger_check SET owner = NULL, lease_until = NULL,
  due_at = now() + $3::float8 * interval '1 millisecond' WHERE provider = $1 AND owner = $2`;

// as a check that has just been finished
const UNLISTED = `INSERT INTO ledger_check (provider, lists, due_at) VALUES ($1, false, now() + $2::float8 * interval '1 millisecond')
ON CONFLICT (provider) DO UPDATE SET lists = false, due_at = excluded.due_at`;

const READ_DIFFERENCES = `SELECT ${KNOWN.select('d')} FROM ledger_difference d WHERE d.provider = $1
ORDER BY d.last_seen LIMIT $2`;

/** Which process checks which provider's ledger, and how long its lease is, in ms. */
export interface Holder {
  readonly provider: string;
  readonly owner: string;
  readonly leaseMs: number;
}

/** How far the check has come; `now` is the database's time, in ms since 1970. */
export type ClaimedCheck = WalksRow & { readonly now: number };

/** A charge that differs, or did at the last check. */
export type KnownDifference = Pick<DifferenceRow, 'orderId' | 'reference' | 'charge'>;

export type FoundDifference = DifferenceRow;

/** The result of one step of the check. */
export interface Step {
  readonly recent?: Walk;
  readonly sweep?: Walk;
  /** `recent` has ended with this step */
  readonly checked: boolean;
  readonly found: readonly FoundDifference[];
  readonly resolved: readonly Pick<KnownDifference, 'orderId' | 'reference'>[];
}

/** Another process checks this ledger now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('another process checks the ledger now');
  }
}

/** Claims the check when it is due and no other process holds it. */
export async function claimCheck(
  sql: SqlClient,
  { provider, owner, leaseMs }: Holder,
): Promise<ClaimedCheck | undefined> {
  const [row] = (await sql.query<Row & { readonly now: number }>(CLAIM, [provider, owner, leaseMs])).rows;
  return row === undefined ? undefined : { ...WALKS.read(row), now: row.now };
}

/** @throws LeaseLost */
export async function renewCheck(sql: SqlClient, { provider, owner, leaseMs }: Holder): Promise<void> {
  const { rowCount } = await sql.query(RENEW, [provider, owner, leaseMs]);
  if (rowCount !== 1) throw new LeaseLost();
}

/** @throws LeaseLost, with nothing written */
export async function saveStep(sql: SqlClient, { provider, owner }: Holder, step: Step): Promise<void> {
  const json = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
  const { rows } = await sql.query<{ held: number }>(SAVE, [
    provider,
    owner,
    json(step.recent),
    json(step.sweep),
    step.checked,
    JSON.stringify(step.resolved.map((difference) => KEY.write(difference))),
    JSON.stringify(step.found.map((difference) => DIFFERENCES.write(difference))),
  ]);
  if (rows[0]?.held !== 1) throw new LeaseLost();
}

/** Gives the lease up; the check is due again in so many ms. */
export async function finishCheck(sql: SqlClient, { provider, owner }: Holder, dueInMs: number): Promise<void> {
  await sql.query(FINISH, [provider, owner, dueInMs]);
}

/** The differences of the last check, the one that was not checked for the longest time first. */
export async function readDifferences(
  sql: SqlClient,
  provider: string,
  limit: number,
): Promise<readonly KnownDifference[]> {
  return (await sql.query<Row>(READ_DIFFERENCES, [provider, limit])).rows.map((row) => KNOWN.read(row));
}

/** Notes that the provider in use does not list its payments. To be said again before `againMs` are over. */
export async function noteUnlisted(sql: SqlClient, provider: string, againMs: number): Promise<void> {
  await sql.query(UNLISTED, [provider, againMs]);
}
