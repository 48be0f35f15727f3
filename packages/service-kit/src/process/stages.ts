import type { Log } from '@outrider/common';

/** One part of a process. */
export interface Stage {
  /** what it is logged under */
  readonly name: string;
  readonly start?: () => Promise<unknown> | void;
  readonly stop: () => Promise<unknown> | void;
}

/**
 * Starts stages in their order. When one does not start, it and those before it are stopped, and the error is thrown.
 */
export async function startStages(stages: readonly Stage[], log: Pick<Log, 'error'>): Promise<void> {
  for (const [index, { start }] of stages.entries()) {
    try {
      await start?.();
    } catch (error) {
      await stopStages(stages.slice(0, index + 1), log);
      throw error;
    }
  }
}

/** Stops stages in the reverse of their order, each whatever became of the one before; true when none failed. */
export async function stopStages(stages: readonly Stage[], log: Pick<Log, 'error'>): Promise<boolean> {
  let clean = true;
  for (const { name, stop } of stages.toReversed()) {
    try {
      await stop();
    } catch (error) {
      clean = false;
      log.error({ err: error, name }, 'a part of the process did not stop cleanly');
    }
  }
  return clean;
}
