import type { Log } from '@outrider/common';

/** Work that a process does on a timer. */
export interface Background {
  readonly name: string;
  /** Resolves after the current round. */
  close(): Promise<void>;
}

/**
 * Runs `round` every `everyMs`, give or take a tenth, so that replicas spread out; never twice at once. After a round that
 * returns true, because there was more to do, the next one follows at once. A round that throws is logged, and the next one
 * comes at its time.
 */
export function repeat(
  name: string,
  everyMs: number,
  log: Pick<Log, 'error'>,
  round: () => Promise<boolean | void>,
): Background {
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      let more: boolean | void = false;
      try {
        more = await round();
      } catch (error) {
        log.error({ err: error, background: name }, 'a round of a background task failed');
      }
      if (more !== true && !stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, everyMs * (0.9 + Math.random() * 0.2));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  };
  const done = loop();
  return {
    name,
    async close() {
      stop.abort();
      wake?.();
      await done;
    },
  };
}
