import { deadLetterPageSchema, listDeadLettersQuerySchema, ProblemError, type DeadLetter } from '@outrider/contracts';
import { listParked as listParkedInInbox } from '@outrider/inbox';
import { listParked as listParkedInOutbox } from '@outrider/outbox';
import { defineEndpoint, Endpoint, type Answer, type RequestOf } from '../http/index.js';
import { type AdminContext } from './admin-context.js';
import { parseDeadLetterId } from './dead-letter-path.js';
import { inboxDeadLetter, outboxDeadLetter } from './views.js';

const listDeadLetters = defineEndpoint({
  operationId: 'listDeadLetters',
  method: 'GET',
  path: '/dead-letters',
  summary: 'List dead letters',
  description: 'What is parked or retried: keys of the outbox, then keys and messages of the inbox.',
  access: { roles: ['admin'] },
  query: listDeadLettersQuerySchema,
  responses: { 200: { description: 'a page of dead letters', body: deadLetterPageSchema } },
});

export class DeadLettersController {
  constructor(private readonly context: AdminContext) {}

  @Endpoint(listDeadLetters)
  async listDeadLetters({ query }: RequestOf<typeof listDeadLetters>): Promise<Answer> {
    const { database, consumer } = this.context;
    const { source, limit, starting_after: id } = query;
    const after = id === undefined ? undefined : parseDeadLetterId(id);
    if (id !== undefined && after === undefined) {
      throw new ProblemError('malformed', 'starting_after is not the id of a dead letter');
    }
    const data: DeadLetter[] = [];
    const wanted = limit + 1;
    if (source !== 'inbox' && after?.source !== 'inbox') {
      const page = await listParkedInOutbox(database, {
        limit: wanted,
        ...(after !== undefined && { after: after.key }),
      });
      data.push(...page.keys.map(outboxDeadLetter));
    }
    if (source !== 'outbox' && data.length < wanted) {
      const parked = await listParkedInInbox(database, consumer, {
        limit: wanted - data.length,
        after: after?.source === 'inbox' ? after.at : undefined,
      });
      data.push(...parked.map(inboxDeadLetter));
    }
    return { status: 200, body: { data: data.slice(0, limit), has_more: data.length > limit } };
  }
}
