import type { StoredCommand } from './command.js';
import type { Operation, Payment } from './payment.js';

/** One try to have the provider carry out an operation. This process has claimed it, under a lease. */
export interface Attempt {
  readonly payment: Payment;
  readonly operation: Operation;
  /** as stored when it was claimed: its version is the fence */
  readonly command: StoredCommand;
  /** monotonic clock, in ms, read before the claim: the lease ends no earlier than this process believes */
  readonly claimedAt: number;
}

/** How this process claims attempts. */
export interface Claims {
  /** this process, by a name that no other process ever had */
  readonly owner: string;
  readonly leaseMs: number;
  /** how many more attempts this process has room for now */
  free(): number;
}
