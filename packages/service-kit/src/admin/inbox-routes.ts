import { discardSchema, letterPageQuerySchema, ProblemError, text } from '@outrider/contracts';
import {
  findParkedKey,
  readParkedMessage,
  readParkedOfKey,
  type Inbox,
  type MessagePlace,
  type SqlClient,
} from '@outrider/inbox';
import { z } from 'zod';
import { parsePosition } from './letter-id.js';
import type { AdminRoutes } from './route.js';
import { inboxLetter, messageView } from './views.js';

/** Of each value in a list; the message's own page has it whole. */
const BEGINNING = 65_536;

/** PostgreSQL holds no NUL; a key may hold anything else. */
const keyText = z.string().refine((key) => !key.includes('\0') && key.isWellFormed(), 'is not text that can be stored');
const topic = text(1, 249);
const ofKey = z.object({ topic, key: keyText });
const ofMessage = z
  .object({ topic, partition: z.string(), offset: z.string() })
  .transform((params, context): MessagePlace => {
    const position = parsePosition(`${params.partition}/${params.offset}`);
    if (position === undefined) {
      context.addIssue({ code: 'custom', message: 'partition and offset must be whole numbers' });
      return z.NEVER;
    }
    return { topic: params.topic, ...position };
  });

/** What of the inbox a person's operations need, whatever its transactions are. */
export type InboxOperations = Pick<Inbox<unknown>, 'retryKey' | 'retryMessage' | 'discardKey' | 'discardMessage'>;

export function addInboxRoutes(routes: AdminRoutes, sql: SqlClient, consumer: string, inbox: InboxOperations): void {
  const keyPath = '/dead-letters/inbox/:topic/:key';
  const messagePath = '/dead-letters/inbox/:topic/:partition/:offset';

  routes.add(
    { method: 'GET', path: keyPath, params: ofKey, query: letterPageQuerySchema },
    async ({ params, query: { limit, starting_after: after } }) => {
      const position = after === undefined ? undefined : parsePosition(after);
      if (after !== undefined && position === undefined) {
        throw new ProblemError('malformed', 'starting_after is no message of the key');
      }
      const letter = await findParkedKey(sql, consumer, params.topic, params.key);
      if (letter === undefined) throw keyNotParked();
      const messages = await readParkedOfKey(sql, consumer, params.topic, params.key, {
        limit: limit + 1,
        maxBytes: BEGINNING,
        after: position && { topic: params.topic, ...position },
      });
      return {
        letter: inboxLetter(letter),
        data: messages.slice(0, limit).map(messageView),
        has_more: messages.length > limit,
      };
    },
  );

  routes.add({ method: 'POST', path: `${keyPath}/replay`, params: ofKey }, async ({ params }) => {
    const before = await findParkedKey(sql, consumer, params.topic, params.key);
    const end = await inbox.retryKey(params.topic, params.key);
    if (end === 'absent' || before === undefined) throw keyNotParked();
    if (end === 'freed') return { events: before.events };
    const after = await findParkedKey(sql, consumer, params.topic, params.key);
    throw new ProblemError('replay-failed', after?.reason);
  });

  routes.add(
    { method: 'POST', path: `${keyPath}/discard`, params: ofKey, body: discardSchema },
    async ({ params, body: { reason }, by }) => {
      const events = await inbox.discardKey(params.topic, params.key, { reason, by });
      if (events === undefined) throw keyNotParked();
      return { events };
    },
  );

  routes.add({ method: 'GET', path: messagePath, params: ofMessage }, async ({ params }) => {
    const message = await readParkedMessage(sql, consumer, params);
    if (message === undefined) throw messageNotParked();
    return messageView(message);
  });

  routes.add({ method: 'POST', path: `${messagePath}/replay`, params: ofMessage }, async ({ params }) => {
    const end = await inbox.retryMessage(params);
    if (end === 'absent') throw messageNotParked();
    if (end === 'keyed') throw new ProblemError('key-parked', 'its key is replayed as a whole, in order');
    if (end === 'freed') return { events: 1 };
    throw new ProblemError('replay-failed', (await readParkedMessage(sql, consumer, params))?.reason);
  });

  routes.add(
    { method: 'POST', path: `${messagePath}/discard`, params: ofMessage, body: discardSchema },
    async ({ params, body: { reason }, by }) => {
      if (!(await inbox.discardMessage(params, { reason, by }))) throw messageNotParked();
      return { events: 1 };
    },
  );
}

function keyNotParked(): ProblemError {
  return new ProblemError('not-found', 'the key is not set aside');
}

function messageNotParked(): ProblemError {
  return new ProblemError('not-found', 'no message is set aside there');
}
