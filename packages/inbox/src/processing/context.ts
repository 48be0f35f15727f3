import type { Log, SqlClient } from '@outrider/common';
import type { InboxObserver } from '../observer.js';
import type { InboxSettings } from '../settings.js';

/** What the parts of the inbox share. */
export interface InboxContext<Tx> {
  /** the reader's name in every table: each name handles every event once */
  readonly consumer: string;
  /** may run `work` more than once; only what the last run did is committed */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly sql: (tx: Tx) => SqlClient;
  readonly pool: SqlClient;
  readonly observer: Partial<InboxObserver>;
  readonly log: Log;
  readonly settings: InboxSettings;
}
