import { randomUUID } from 'node:crypto';
import { PROBLEMS, type ProblemKind } from '@outrider/contracts';
import { signWebhook } from '@outrider/testkit/simulator';
import type { Caller, EndpointDefinition } from '../http/index.js';
import type { AccessKeys } from './access-keys.js';
import type { TestService } from './test-service.js';

/** A request that whoever may is answered well. */
export interface ValidRequest {
  /** with its query */
  readonly path: string;
  readonly body?: unknown;
  /** the problem that it comes to for who may, where it can come to nothing better */
  readonly answers?: ProblemKind;
}

/** Customers: what is asked for is `owner`'s; `stranger` has things of the same kind. */
export const OWNER = 'the-owner';
export const STRANGER = 'the-stranger';

export interface AccessTrialOptions {
  readonly service: TestService;
  /** the service's public port, or its admin port */
  readonly url: string;
  readonly endpoints: readonly EndpointDefinition[];
  readonly keys: AccessKeys;
  /** By operationId. Made anew for every call, and settled: nothing of it is written any more. */
  readonly requests: Readonly<Record<string, () => ValidRequest | Promise<ValidRequest>>>;
  readonly webhookSecret?: string;
}

/** What the caller is told when it may not: these and nothing of why. */
const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'signature-invalid', 'not-found']);

/**
 * Sends the operation's valid request as this caller.
 *
 * @returns what came of it: an Outcome of docs/access.md, or what was otherwise, in words
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
  const before = await settled(service);
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

/** The kind of a problem that is told as it must be; undefined for what is none. */
function problemIn(response: Response, text: string): ProblemKind | undefined {
  if (response.status < 400) return undefined;
  const { type, status } = JSON.parse(text) as { type: string; status: number };
  const kind = type.replace('/problems/', '') as ProblemKind;
  const told = response.headers.get('content-type') === 'application/problem+json; charset=utf-8';
  const same = status === response.status && PROBLEMS[kind].status === status;
  if (!told || !same || type !== `/problems/${kind}`) throw new Error(`is no problem as it must be: ${text}`);
  return kind;
}

type Snapshot = ReadonlyMap<string, string>;

/** What a service writes in its own time, whoever calls: how far it has read, checked, and what Redis may say. */
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

/** The same, once the service's own work has come to rest. */
async function settled(service: TestService): Promise<Snapshot> {
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
