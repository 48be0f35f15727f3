import type { SqlClient } from '@outrider/common';
import { ProblemError } from '@outrider/contracts';
import { findParkedKey, readParkedMessage, readParkedOfKey, type Inbox } from '@outrider/inbox';
import * as endpoints from './inbox-endpoints.js';
import { parsePosition } from './letter-id.js';
import type { AdminRoutes } from './route.js';
import { inboxLetter, messageView } from './views.js';

/** Of each value in a list; the message's own page has it whole. */
const BEGINNING = 65_536;

/** What of the inbox a person's operations need, whatever its transactions are. */
export type InboxOperations = Pick<Inbox<unknown>, 'retryKey' | 'retryMessage' | 'discardKey' | 'discardMessage'>;

export function addInboxRoutes(routes: AdminRoutes, sql: SqlClient, consumer: string, inbox: InboxOperations): void {
  routes.add(endpoints.readInboxKey, async ({ params, query: { limit, starting_after: after } }) => {
    const position = after === undefined ? undefined : parsePosition(after);
    const letter = await findParkedKey(sql, consumer, params.topic, params.key);
    if (letter === undefined) throw keyNotParked();
    const messages = await readParkedOfKey(sql, consumer, params.topic, params.key, {
      limit: limit + 1,
      maxBytes: BEGINNING,
      after: position && { topic: params.topic, ...position },
    });
    return {
      deadLetter: inboxLetter(letter),
      data: messages.slice(0, limit).map(messageView),
      has_more: messages.length > limit,
    };
  });

  routes.add(endpoints.replayInboxKey, async ({ params }) => {
    const before = await findParkedKey(sql, consumer, params.topic, params.key);
    const end = await inbox.retryKey(params.topic, params.key);
    if (end === 'absent' || before === undefined) throw keyNotParked();
    if (end === 'freed') return { events: before.events };
    const after = await findParkedKey(sql, consumer, params.topic, params.key);
    throw new ProblemError('retry-failed', after?.reason);
  });

  routes.add(endpoints.discardInboxKey, async ({ params, body: { reason }, by }) => {
    const events = await inbox.discardKey(params.topic, params.key, { reason, by });
    if (events === undefined) throw keyNotParked();
    return { events };
  });

  routes.add(endpoints.readInboxMessage, async ({ params }) => {
    const message = await readParkedMessage(sql, consumer, params);
    if (message === undefined) throw messageNotParked();
    return messageView(message);
  });

  routes.add(endpoints.replayInboxMessage, async ({ params }) => {
    const end = await inbox.retryMessage(params);
    if (end === 'absent') throw messageNotParked();
    if (end === 'keyed') throw new ProblemError('key-parked', 'Its key is retried as a whole, in order');
    if (end === 'freed') return { events: 1 };
    throw new ProblemError('retry-failed', (await readParkedMessage(sql, consumer, params))?.reason);
  });

  routes.add(endpoints.discardInboxMessage, async ({ params, body: { reason }, by }) => {
    if (!(await inbox.discardMessage(params, { reason, by }))) throw messageNotParked();
    return { events: 1 };
  });
}

function keyNotParked(): ProblemError {
  return new ProblemError('not-found', 'the key is not set aside');
}

function messageNotParked(): ProblemError {
  return new ProblemError('not-found', 'no message is set aside there');
}
