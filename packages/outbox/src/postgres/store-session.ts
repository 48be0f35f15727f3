import type pg from 'pg';
import type { LaneStore, StoreSession } from '../outbox-store.js';
import { claim } from '../statements/claim.js';
import { hasPending } from '../statements/has-pending.js';
import { heartbeat } from '../statements/heartbeat.js';
import { notifyShardsFree } from '../statements/notify-shards-free.js';
import { release } from '../statements/release.js';
import { leave, removeRelay } from '../statements/remove-relay.js';

/** A connection that does not close in this time is left to the operating system. */
const CLOSE_MS = 1_000;

export interface SessionConnections {
  readonly control: pg.Client;
  readonly lanes: readonly LaneStore[];
  readonly listens: boolean;
  /** all, to be closed */
  readonly clients: readonly pg.Client[];
}

/** StoreSession on a connection of its own, whose statements run one at a time, and one for each lane. */
export function storeSession({ control, lanes, listens, clients }: SessionConnections): StoreSession {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(statement: () => Promise<T>): Promise<T> => {
    const next = last.then(statement);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    listens,
    lanes,
    heartbeat: (...args) => inTurn(() => heartbeat(control, ...args)),
    claim: (...args) => inTurn(() => claim(control, ...args)),
    release: (...args) => inTurn(() => release(control, ...args)),
    hasPending: (...args) => inTurn(() => hasPending(control, ...args)),
    leave: (...args) => inTurn(() => leave(control, ...args)),
    removeRelay: (...args) => inTurn(() => removeRelay(control, ...args)),
    notifyShardsFree: () => inTurn(() => notifyShardsFree(control)),
    close: () => closeClients(clients),
  };
}

export async function closeClients(clients: readonly pg.Client[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([Promise.allSettled(clients.map((client) => client.end())), late]);
  clearTimeout(timer);
}
