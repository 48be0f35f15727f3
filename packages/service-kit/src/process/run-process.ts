import { constants } from 'node:os';
import type { Log } from '@outrider/common';
// oxlint-disable-next-line no-restricted-imports -- what ends a process is written without its logger, and without secrets all the same
import { redact } from '../logging/redact.js';
import { closeAll, type Closing } from './close-all.js';

/** What a process says of itself while it starts. */
export interface Lifetime {
  /**
   * From now on there is work in hand: SIGTERM or SIGINT closes these, in order, and the process ends with 0, or with 1
   * when one of them failed or all together took longer than `graceMs` (30,000 by default).
   */
  closeWith(closings: readonly Closing[], log: Pick<Log, 'info' | 'error'>, graceMs?: number): void;
}

interface InHand {
  readonly closings: readonly Closing[];
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly graceMs: number;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs a process from its first line: a signal that comes while `main` is still loading, connecting or migrating ends
 * it at once, with 143 for SIGTERM and 130 for SIGINT: as process 1 of a container there is no default action that
 * would. From `closeWith` on it is closed in good order; a second signal ends it at once, with 1.
 *
 * Whoever calls this imports nothing else: the program itself is loaded by `main`, with `import()`, so that signals are
 * handled before it is.
 *
 * What `main` throws is written to stderr, and the exit code is 1; a wrong configuration without a stack.
 */
export async function runProcess(name: string, main: (lifetime: Lifetime) => Promise<void>): Promise<void> {
  let inHand: InHand | undefined;
  let closing = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (inHand === undefined) process.exit(128 + constants.signals[signal]);
    if (closing) process.exit(1);
    closing = true;
    close(inHand, signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await main({
      closeWith(closings, log, graceMs = 30_000) {
        inHand = { closings, log, graceMs };
      },
    });
  } catch (error) {
    process.stderr.write(redact(`${name}: ${textOf(error)}\n`));
    process.exit(1);
  }
  // a command that has done its work ends by itself, whoever still listens
  if (inHand === undefined) for (const signal of SIGNALS) process.off(signal, onSignal);
}

function close({ closings, log, graceMs }: InHand, signal: string): void {
  log.info({ signal }, 'closing');
  setTimeout(() => {
    log.error({ graceMs }, 'not closed in time');
    process.exit(1);
  }, graceMs).unref();
  void closeAll(closings, log).then((clean) => process.exit(clean ? 0 : 1));
}

/** Errors whose message says all that an operator needs. */
const PLAIN: ReadonlySet<unknown> = new Set(['CONFIG_INVALID', 'TOPIC_MISMATCH']);

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && PLAIN.has(error.code) ? error.message : (error.stack ?? error.message);
}
