import { ProblemError, type Principal } from '@outrider/contracts';
import type { Inbox } from '@outrider/inbox';
import type { OutboxDatabase } from '@outrider/outbox';
import type { Replays } from './replays.js';

/** The operations of an inbox that the admin API calls, whatever the inbox's transactions are. */
export type InboxOperations = Pick<Inbox<unknown>, 'retryKey' | 'retryMessage' | 'discardKey' | 'discardMessage'>;

/** What the controllers of the admin API work on. */
export interface AdminContext {
  /** the service whose database it is */
  readonly name: string;
  /** the inbox's consumer */
  readonly consumer: string;
  readonly database: OutboxDatabase;
  readonly inbox: InboxOperations;
  readonly replays: Replays;
  /** how many partitions a topic has, if that is known */
  readonly partitionsOf: (topic: string) => number | undefined;
}

/**
 * The operator who asks, kept with what is discarded and replayed.
 * @throws ProblemError unauthenticated for anyone but a person
 */
export function operatorOf(principal: Principal): string {
  if (principal.kind !== 'person') throw new ProblemError('unauthenticated');
  return principal.id;
}
