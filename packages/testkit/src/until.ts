import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** Waits until a condition holds. @throws Error that names it, when it does not within `timeoutMs` */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 45_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
