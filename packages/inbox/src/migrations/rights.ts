const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/**
 * What the service that reads events may do with the inbox's tables. Ids are only added: their days are dropped by
 * `inbox_drop_days`, which runs as its owner.
 */
export const inboxRights: Readonly<Record<string, readonly ('SELECT' | 'INSERT' | 'UPDATE' | 'DELETE')[]>> = {
  inbox_event: ['SELECT', 'INSERT'],
  /** to see whether a day was missing */
  inbox_event_default: ['SELECT'],
  inbox_offset: ALL,
  inbox_key_state: ALL,
  inbox_parked: ALL,
  inbox_discarded: ['SELECT', 'INSERT'],
};

/** The functions that make and drop days. */
export const inboxDayFunctions = ['inbox_make_days(integer)', 'inbox_drop_days(interval)'] as const;
