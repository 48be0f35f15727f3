export type SimulatorErrorCode =
  /** the per cents of misbehaviour cannot be read */
  | 'BEHAVIOUR_INVALID'
  /** an environment variable is missing or wrong */
  | 'SETTINGS_INVALID'
  /** a line of the ledger is not one that the simulator wrote */
  | 'LEDGER_CORRUPT';

/** The simulator cannot start; the message is one sentence for the person who started it. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';

  constructor(
    readonly code: SimulatorErrorCode,
    message: string,
  ) {
    super(message);
  }
}
