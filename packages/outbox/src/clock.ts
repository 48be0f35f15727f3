/** Time in milliseconds. */
export interface Clock {
  /** Never goes back or jumps with the machine's time; what deadlines are counted on. */
  monotonicMs(): number;
  /** Since 1970; only for saying how old something is. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
