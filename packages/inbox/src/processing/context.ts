import type { Log, SqlClient } from '@outrider/common';
import type { InboxObserver } from '../observer.js';
import type { InboxSettings } from '../settings.js';

/** What the parts of the inbox share. */
export interface InboxContext<Tx> {
  /** names this reader in every table: two with different names see every event each */
  readonly consumer: string;
  /** may run `work` more than once; what it then does has no effect outside the transaction */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly sql: (tx: Tx) => SqlClient;
  readonly pool: SqlClient;
  readonly observer: Partial<InboxObserver>;
  readonly log: Log;
  readonly settings: InboxSettings;
}
