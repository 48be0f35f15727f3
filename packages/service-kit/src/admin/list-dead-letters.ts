import type { SqlClient } from '@outrider/common';
import { ProblemError, type DeadLetter } from '@outrider/contracts';
import { listParked as listInbox } from '@outrider/inbox';
import { listParked as listOutbox } from '@outrider/outbox';
import { parseLetterId } from './letter-id.js';
import { inboxLetter, outboxLetter } from './views.js';

/**
 * A page over everything that is set aside in a service's database.
 * @throws ProblemError malformed when `starting_after` is no dead letter's id
 */
export async function listDeadLetters(
  sql: SqlClient,
  consumer: string,
  query: {
    readonly source?: 'outbox' | 'inbox' | undefined;
    readonly limit: number;
    readonly starting_after?: string | undefined;
  },
): Promise<{ data: DeadLetter[]; has_more: boolean }> {
  const { source, limit, starting_after: id } = query;
  const after = id === undefined ? undefined : parseLetterId(id);
  if (id !== undefined && after === undefined) throw new ProblemError('malformed', 'starting_after is no dead letter');
  const data: DeadLetter[] = [];
  const wanted = limit + 1;
  if (source !== 'inbox' && after?.source !== 'inbox') {
    const page = await listOutbox(sql, { limit: wanted, ...(after !== undefined && { after: after.key }) });
    data.push(...page.keys.map(outboxLetter));
  }
  if (source !== 'outbox' && data.length < wanted) {
    const place = after?.source === 'inbox' ? after.place : undefined;
    data.push(...(await listInbox(sql, consumer, { limit: wanted - data.length, after: place })).map(inboxLetter));
  }
  return { data: data.slice(0, limit), has_more: data.length > limit };
}
