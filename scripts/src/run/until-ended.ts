import { CommandError } from '../cli/errors.js';
import { findUpFile, isAlive, type UpFile } from './up-file.js';

const LOOK_EVERY_MS = 1_000;
/** All processes of an installation may be seen without a pid for a moment, while they are started again. */
const LOOKS_WITHOUT_LIFE = 3;

/** Work on an installation. */
export interface Watched {
  /** aborted, with a CommandError that says so, some seconds after the installation's last process has ended */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Watches an installation while a command works on it, so that the command does not go on asking what is no longer
 * there. Another one's up.json in its place says nothing of it.
 *
 * @param root the folder of all runs
 */
export function untilEnded(root: string, up: UpFile, everyMs = LOOK_EVERY_MS): Watched {
  const controller = new AbortController();
  let last = up;
  let without = 0;
  const look = async (): Promise<void> => {
    const found = await findUpFile(root);
    if (found?.runId === up.runId) last = found;
    without = isAlive(last) ? 0 : without + 1;
    if (without === LOOKS_WITHOUT_LIFE) controller.abort(new CommandError(`Run ${up.runId} has ended.`));
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => controller.abort(error));
  }, everyMs).unref();
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
