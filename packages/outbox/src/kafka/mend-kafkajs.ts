import { createRequire } from 'node:module';

/** The part of kafkajs's RequestQueue that is looked at here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const VERSION = '2.2.4';
const CHECK_PENDING_MS = 10;

/**
 * kafkajs 2.2.4 looks for waiting requests by a timer that sets itself again although none waits, with a negative time:
 * every connection costs a thousand turns of the event loop a second, and Node 24 warns. Here the timer is set only
 * while a request waits; whatever adds one calls this method. Any other version of kafkajs is left as it is.
 *
 * To be called at the start of a process, before a client is made; again does no harm.
 * @returns whether this version needs it
 */
export function mendKafkajs(): boolean {
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== VERSION) return false;
  const queue = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  queue.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
  return true;
}

function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_PENDING_MS,
  );
}
