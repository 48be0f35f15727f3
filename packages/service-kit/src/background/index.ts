import type { Log } from '@outrider/common';

/** Work that a process does by itself from time to time. */
export interface Background {
  readonly name: string;
  /** Ends after the round in hand. */
  close(): Promise<void>;
}

/**
 * Runs `round` every `everyMs` (give or take a tenth, so that replicas do not march in step), never twice at once.
 * A round that answers true had more to do than it did: the next one follows at once. A round that throws is
 * logged, and the next comes in its time.
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
        log.error({ err: error, background: name }, 'a background round failed');
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
