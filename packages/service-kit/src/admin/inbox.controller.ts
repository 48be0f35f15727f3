import { ProblemError } from '@outrider/contracts';
import { findParkedKey, readParkedMessage, readParkedOfKey, type ParkedKey } from '@outrider/inbox';
import { Endpoint, type Answer, type RequestOf } from '../http/index.js';
import { operatorOf, type AdminContext } from './admin-context.js';
import { parsePosition } from './dead-letter-path.js';
import * as endpoints from './inbox-endpoints.js';
import { inboxDeadLetter, messageView } from './views.js';

/** Bytes of each value that a list shows; the message's own page has the whole value. */
const LISTED_VALUE_BYTES = 65_536;

export class InboxController {
  constructor(private readonly context: AdminContext) {}

  @Endpoint(endpoints.readInboxKey)
  async readInboxKey({ params, query }: RequestOf<typeof endpoints.readInboxKey>): Promise<Answer> {
    const { topic, key } = params;
    const { limit, starting_after: after } = query;
    const position = after === undefined ? undefined : parsePosition(after);
    const parked = await this.#find(topic, key);
    if (parked === undefined) throw keyNotParked();
    const messages = await readParkedOfKey(this.context.database, this.context.consumer, topic, key, {
      limit: limit + 1,
      maxBytes: LISTED_VALUE_BYTES,
      after: position && { topic, ...position },
    });
    return {
      status: 200,
      body: {
        deadLetter: inboxDeadLetter(parked),
        data: messages.slice(0, limit).map(messageView),
        has_more: messages.length > limit,
      },
    };
  }

  @Endpoint(endpoints.retryInboxKey)
  async retryInboxKey({ params: { topic, key } }: RequestOf<typeof endpoints.retryInboxKey>): Promise<Answer> {
    const before = await this.#find(topic, key);
    const end = await this.context.inbox.retryKey(topic, key);
    if (end === 'not-parked' || before === undefined) throw keyNotParked();
    if (end === 'handled') return handled(before.events);
    throw new ProblemError('retry-failed', (await this.#find(topic, key))?.reason);
  }

  @Endpoint(endpoints.discardInboxKey)
  async discardInboxKey(request: RequestOf<typeof endpoints.discardInboxKey>): Promise<Answer> {
    const { topic, key } = request.params;
    const by = operatorOf(request.principal);
    const events = await this.context.inbox.discardKey(topic, key, { reason: request.body.reason, by });
    if (events === undefined) throw keyNotParked();
    return handled(events);
  }

  @Endpoint(endpoints.readInboxMessage)
  async readInboxMessage({ params }: RequestOf<typeof endpoints.readInboxMessage>): Promise<Answer> {
    const message = await readParkedMessage(this.context.database, this.context.consumer, params);
    if (message === undefined) throw messageNotParked();
    return { status: 200, body: messageView(message) };
  }

  @Endpoint(endpoints.retryInboxMessage)
  async retryInboxMessage({ params }: RequestOf<typeof endpoints.retryInboxMessage>): Promise<Answer> {
    const { database, consumer, inbox } = this.context;
    const end = await inbox.retryMessage(params);
    if (end === 'not-parked') throw messageNotParked();
    if (end === 'has-key') throw new ProblemError('key-parked', 'Its key is retried as a whole, in order');
    if (end === 'handled') return handled(1);
    throw new ProblemError('retry-failed', (await readParkedMessage(database, consumer, params))?.reason);
  }

  @Endpoint(endpoints.discardInboxMessage)
  async discardInboxMessage(request: RequestOf<typeof endpoints.discardInboxMessage>): Promise<Answer> {
    const by = operatorOf(request.principal);
    const discarded = await this.context.inbox.discardMessage(request.params, { reason: request.body.reason, by });
    if (!discarded) throw messageNotParked();
    return handled(1);
  }

  #find(topic: string, key: string): Promise<ParkedKey | undefined> {
    return findParkedKey(this.context.database, this.context.consumer, topic, key);
  }
}

function handled(events: number): Answer {
  return { status: 200, body: { events } };
}

function keyNotParked(): ProblemError {
  return new ProblemError('not-found', 'the key is not parked');
}

function messageNotParked(): ProblemError {
  return new ProblemError('not-found', 'no message is parked there');
}
