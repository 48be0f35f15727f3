import type { SqlClient } from '@outrider/common';

/** What the operations on an outbox need of its database. */
export interface OutboxDatabase extends SqlClient {
  /** Runs `work` in one transaction, READ COMMITTED, and resolves after its commit; rolls back when it rejects. */
  transaction<T>(work: (tx: SqlClient) => Promise<T>): Promise<T>;
}

/** An event to be written with its business transaction. `payload` is the value exactly as it goes on the wire. */
export interface OutboxEvent {
  /** UUIDv7: see newEventId. */
  readonly eventId: string;
  /** Events of one key are published in order. */
  readonly key: string;
  /** The logical topic, without any installation's prefix. */
  readonly topic: string;
  readonly type: string;
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>>;
}
