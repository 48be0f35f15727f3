import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '@outrider/scripts/cli/errors';
import { logEnd } from '@outrider/scripts/installation/log-end';

const WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 200;

/** Waits until a server answers there. @throws CommandError with the end of its log when it does not */
export async function answering(url: string, logFile: string): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (performance.now() > deadline)
      throw new CommandError(`${url} does not answer; its log ends:\n${await logEnd(logFile)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
