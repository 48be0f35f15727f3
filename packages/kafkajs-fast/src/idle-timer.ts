import { requireOfPatchedVersion } from './patched-version.js';

/** The part of kafkajs's RequestQueue that is used here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const CHECK_PENDING_MS = 10;

/**
 * kafkajs 2.2.4 polls for waiting requests with a timer that is set again though none waits, with a negative delay:
 * every connection costs a thousand turns of the event loop a second, and Node 24 warns. The patched timer is set only
 * while a request waits; whatever adds a request calls the patched method. Any other version of kafkajs stays as it is.
 *
 * Call it at the start of a process, before a client is made; calling it again does nothing.
 * @returns whether the installed version was patched
 */
export function stopIdleTimer(): boolean {
  const require = requireOfPatchedVersion();
  if (require === undefined) return false;
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
