/** Times in milliseconds. */
export interface Clock {
  /** Never goes back or jumps with the system time: for deadlines. */
  monotonicMs(): number;
  /** Since 1970: for the age of something. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
