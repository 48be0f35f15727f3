/** A send did not end in time: the relay releases its shards and opens another session. */
export class SendHungError extends Error {
  override readonly name = 'SendHungError';
  readonly code = 'OUTBOX_SEND_HUNG';
  constructor(ms: number) {
    super(`a send has not ended within ${ms} ms`);
  }
}

/** The broker accepts nothing of some topic-partition while other relays are live: this one gives its shards to them. */
export class BrokerAwayError extends Error {
  override readonly name = 'BrokerAwayError';
  readonly code = 'OUTBOX_BROKER_AWAY';
}

/** A lease that one statement finds held and the next does not, repeatedly. */
export class UnsteadyLeaseError extends Error {
  override readonly name = 'UnsteadyLeaseError';
  readonly code = 'OUTBOX_LEASE_UNSTEADY';
}
