/** One thing to be closed, with the name it is logged under. */
export interface Closing {
  readonly name: string;
  readonly close: () => Promise<void>;
}

/**
 * Closes in the order given when SIGTERM or SIGINT comes, each whatever became of the one before; then the process
 * ends with 0. A second signal, or `graceMs` passing, ends it at once with 1.
 */
export function closeOnSignal(
  closings: readonly Closing[],
  log: { info(object: object, message: string): void; error(object: object, message: string): void },
  graceMs = 30_000,
): void {
  let closing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (closing) process.exit(1);
    closing = true;
    log.info({ signal }, 'closing');
    setTimeout(() => {
      log.error({ graceMs }, 'not closed in time');
      process.exit(1);
    }, graceMs).unref();
    void closeAll(closings, log).then((clean) => process.exit(clean ? 0 : 1));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Closes in order; true when none failed. */
export async function closeAll(
  closings: readonly Closing[],
  log: { error(object: object, message: string): void },
): Promise<boolean> {
  let clean = true;
  for (const { name, close } of closings) {
    try {
      await close();
    } catch (error) {
      clean = false;
      log.error({ err: error, name }, 'closing failed');
    }
  }
  return clean;
}
