/** What a role may do with a table of the outbox. */
export interface OutboxRights {
  /** the service that appends, and whose admin API retries, discards and replays */
  readonly app: readonly ('SELECT' | 'INSERT' | 'UPDATE' | 'DELETE')[];
  /** the relay */
  readonly relay: readonly ('SELECT' | 'INSERT' | 'UPDATE' | 'DELETE')[];
}

const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/**
 * By table and view. Nobody updates or deletes in the log: its days are dropped by `outbox_drop_days`, which runs as its
 * owner. Rights on the log's days are not needed; those on its default let the service see whether a day was missing.
 */
export const outboxRights: Readonly<Record<string, OutboxRights>> = {
  outbox_event: { app: ['SELECT', 'INSERT'], relay: ['SELECT'] },
  outbox_event_default: { app: ['SELECT'], relay: [] },
  outbox_pending: { app: ALL, relay: ALL },
  outbox_lease: { app: ['SELECT', 'UPDATE'], relay: ['SELECT', 'UPDATE'] },
  outbox_relay: { app: ['SELECT'], relay: ALL },
  outbox_key_state: { app: ALL, relay: ALL },
  outbox_parked: { app: ALL, relay: ALL },
  outbox_discarded: { app: ['SELECT', 'INSERT'], relay: [] },
  outbox_replay: { app: ALL, relay: [] },
  outbox_replay_event: { app: ALL, relay: [] },
  outbox_status: { app: ['SELECT'], relay: [] },
};

/** The functions that make and drop days: both call them, whichever comes first. */
export const outboxDayFunctions = ['outbox_make_days(integer)', 'outbox_drop_days(interval)'] as const;
