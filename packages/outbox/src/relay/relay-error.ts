/** A send did not end in time: the relay gives up its shards and begins anew. */
export class SendHungError extends Error {
  override readonly name = 'SendHungError';
  readonly code = 'OUTBOX_SEND_HUNG';
  constructor(ms: number) {
    super(`a send has not ended in ${ms} ms`);
  }
}

/** The broker takes nothing of some place for long, while other relays live: this one makes room for them. */
export class BrokerAwayError extends Error {
  override readonly name = 'BrokerAwayError';
  readonly code = 'OUTBOX_BROKER_AWAY';
}

/** A lease that is held by one statement and not by the next, over and over: not to be gone on with. */
export class UnsteadyLeaseError extends Error {
  override readonly name = 'UnsteadyLeaseError';
  readonly code = 'OUTBOX_LEASE_UNSTEADY';
}
