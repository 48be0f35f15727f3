/** The signals by which a person or a system asks a command to end, and the exit codes that say so. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;

/** A command was asked to end before it was done. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor(readonly exitCode: number) {
    super('interrupted');
  }
}

/**
 * Listens for Ctrl-C and its like: the first one aborts the signal with an {@link InterruptedError}, a second one ends
 * this process on the spot (what it started then ends by itself).
 *
 * @param told called at the first one
 */
export function untilSignal(told: () => void = () => undefined): AbortSignal {
  const controller = new AbortController();
  for (const name of Object.keys(SIGNALS) as Signal[]) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(SIGNALS[name]);
      told();
      controller.abort(new InterruptedError(SIGNALS[name]));
    });
  }
  return controller.signal;
}

/** The promise, or a rejection as soon as the signal is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // A listener keeps no process alive; without this a command that only waits would end by itself.
  const alive = setInterval(() => undefined, 2 ** 30);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(alive);
}
