/** One thing to be closed, with the name it is logged under. */
export interface Closing {
  readonly name: string;
  readonly close: () => Promise<void>;
}

/** Closes in order, each whatever became of the one before; true when none failed. */
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
