import { randomUUID } from 'node:crypto';
import { PROBLEMS, type ProblemKind } from '@outrider/contracts';
import { signWebhook } from '@outrider/testkit/simulator';
import type { Caller, EndpointDefinition } from '../http/index.js';
import type { AccessKeys } from './access-keys.js';
import type { TestService } from './test-service.js';

/** A request that succeeds for a caller who may call. */
export interface ValidRequest {
  /** with its query */
  readonly path: string;
  readonly body?: unknown;
  /** the problem that a caller who may call gets, where it cannot succeed */
  readonly answers?: ProblemKind;
}

/** Two customers: what is requested belongs to `owner`; `stranger` has things of the same kind. */
export const OWNER = 'the-owner';
export const STRANGER = 'the-stranger';

export interface AccessTrialOptions {
  readonly service: TestService;
  /** the service's public port, or its admin port */
  readonly url: string;
  readonly endpoints: readonly EndpointDefinition[];
  readonly keys: AccessKeys;
  /** By operationId. Made for every call, when all its data is written. */
  readonly requests: Readonly<Record<string, () => ValidRequest | Promise<ValidRequest>>>;
  readonly webhookSecret?: string;
}

/** The problems of a caller who may not call. */
const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'signature-invalid', 'not-found']);

/**
 * Sends the operation's valid request as this caller.
 *
 * @returns the outcome as docs/access.md names it, or a text about what differs
 * @throws Error when there is no valid request of the operation: a new one needs one
 */
export async function tryAccess(
  { service, url, endpoints, keys, requests, webhookSecret = 'a secret of a provider' }: AccessTrialOptions,
  operationId: string,
  caller: Caller,
): Promise<string> {
  const endpoint = endpoints.find((one) => one.operationId === operationId);
  const request = requests[operationId];
  if (endpoint === undefined || request === undefined) {
    throw new Error(`there is no valid request of ${operationId} here: give one, so that it can be tried`);
  }
  const { path, body, answers } = await request();
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const scope = endpoint.access === 'anyone' ? undefined : endpoint.access.scope;
  const headers = {
    ...(endpoint.idempotent === true && { 'idempotency-key': randomUUID() }),
    ...(sent !== undefined && { 'content-type': 'application/json' }),
    ...(caller === 'signed' && { 'simulator-signature': signWebhook(webhookSecret, sent ?? '') }),
    ...(await credentials(service, keys, caller, scope)),
  };
  const before = await idleSnapshot(service);
  const response = await fetch(url + path, {
    method: endpoint.method,
    headers,
    ...(sent !== undefined && { body: sent }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const kind = problemIn(response, text);
  if (kind !== undefined && REFUSALS.has(kind)) {
    const written = changes(before, await snapshot(service));
    return written.length === 0 ? kind : `${kind}, and all the same it wrote ${written.join(', ')}`;
  }
  if (kind !== undefined) return kind === answers ? 'yes' : `${kind}: ${text}`;
  if (!(response.status in endpoint.responses)) return `${response.status}, which is not documented`;
  if (endpoint.access === 'anyone' || endpoint.access.own !== true || endpoint.params !== undefined) return 'yes';
  if (caller !== 'owner' && caller !== 'stranger') return 'yes';
  return text.includes(caller === 'owner' ? STRANGER : OWNER) ? "shows another customer's" : 'own';
}

async function credentials(
  service: TestService,
  keys: AccessKeys,
  caller: Caller,
  scope: string | undefined,
): Promise<Record<string, string>> {
  const person = async (sub: string, ...roles: ('customer' | 'admin')[]): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await service.token(sub, ...roles)}`,
  });
  switch (caller) {
    case 'owner':
      return person(OWNER, 'customer');
    case 'stranger':
      return person(STRANGER, 'customer');
    case 'roleless':
      // not even what is their own
      return person(OWNER);
    case 'admin':
      return person('the-admin', 'admin');
    case 'scoped':
      return { 'x-api-key': keys.scoped(scope) };
    case 'unscoped':
      return { 'x-api-key': keys.unscoped(scope) };
    case 'revoked':
      return { 'x-api-key': await keys.revoked(service) };
    case 'nobody':
    case 'signed':
      return {};
  }
}

/** The kind of a well-formed problem; undefined when the answer is none. */
function problemIn(response: Response, text: string): ProblemKind | undefined {
  if (response.status < 400) return undefined;
  const { type, status } = JSON.parse(text) as { type: string; status: number };
  const kind = type.replace('/problems/', '') as ProblemKind;
  const typed = response.headers.get('content-type') === 'application/problem+json; charset=utf-8';
  const same = status === response.status && PROBLEMS[kind].status === status;
  if (!typed || !same || type !== `/problems/${kind}`) throw new Error(`is not a well-formed problem: ${text}`);
  return kind;
}

type Snapshot = ReadonlyMap<string, string>;

/** Tables that a service writes on its own, whatever is called: positions, checks, Redis's generation. */
const ITS_OWN = ['inbox_offset', 'ledger_check', 'stock_generation'];

/** All else that stands in the service's database: a sum over each table. */
async function snapshot(service: TestService): Promise<Snapshot> {
  const tables = await service.sql<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relkind IN ('r','p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
       AND relname <> ALL ($1)`,
    [ITS_OWN],
  );
  const sums = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) AS sum FROM ${name} t`,
  );
  const rows = await service.sql<{ name: string; sum: string }>(sums.join(' UNION ALL '));
  return new Map(rows.map(({ name, sum }) => [name, sum]));
}

/** A snapshot of the idle service. */
async function idleSnapshot(service: TestService): Promise<Snapshot> {
  let last = await snapshot(service);
  await service.until('the database is at rest', async () => {
    const next = await snapshot(service);
    const moved = changes(last, next);
    last = next;
    return moved.length === 0;
  });
  return last;
}

function changes(before: Snapshot, after: Snapshot): string[] {
  return [...after].filter(([name, sum]) => before.get(name) !== sum).map(([name]) => name);
}
