import type { Outcome } from '../observer.js';
import type { AfterCommit } from '../subscription.js';
import type { InboxContext } from './context.js';

/** What a committed transaction did, in messages. */
export interface Committed extends Readonly<Partial<Record<Outcome, number>>> {
  readonly afterCommit: AfterCommit | undefined;
}

/** Counts the messages of a committed transaction and runs what its handler returned for after the commit. */
export async function reportCommitted<Tx>(
  { log, observer }: InboxContext<Tx>,
  at: { readonly topic: string; readonly key?: string },
  { afterCommit, ...counts }: Committed,
): Promise<void> {
  for (const outcome of ['handled', 'seen', 'parked', 'unreadable'] as const) {
    const count = counts[outcome] ?? 0;
    if (count > 0) observer.handled?.(at.topic, outcome, count);
  }
  if ((counts.seen ?? 0) > 0) observer.redelivered?.(at.topic, counts.seen ?? 0);
  try {
    await afterCommit?.();
  } catch (error) {
    log.error({ err: error, ...at }, 'a handler’s work after the commit failed; the committed effects stay');
    observer.afterCommitFailed?.(at.topic, error);
  }
}
