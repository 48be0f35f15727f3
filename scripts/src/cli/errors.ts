/** Wrong use of a command: reported in one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Something a person can act on, reported in one sentence (a log's end may follow on lines of its own), exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'COMMAND_FAILED';
}
