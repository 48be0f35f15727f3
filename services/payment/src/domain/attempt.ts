import type { Operation, Payment } from './payment.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';

/** An operation that this process has claimed and is to carry out. */
export interface Attempt {
  readonly payment: Payment;
  readonly operation: Operation;
  /** as stored at the claim: its version is the fence */
  readonly command: StoredCommand;
  /** on the monotonic clock, in ms, taken before the claim was: the lease cannot end earlier than it seems to here */
  readonly claimedAt: number;
}

/** What claiming goes by. */
export interface Claims {
  /** this process, by a name no other one ever had */
  readonly owner: string;
  readonly leaseMs: number;
  /** how many more attempts this process can take on now */
  free(): number;
}
