import { constants } from 'node:os';
import type { Log } from '@outrider/common';
// oxlint-disable-next-line no-restricted-imports -- what ends a process is written without its logger, and without secrets all the same
import { redact } from '../logging/redact.js';
import { stopStages, type Stage } from './stages.js';

/** What a process has to say while it starts. */
export interface Lifetime {
  /**
   * To be called when the process serves. From now on SIGTERM and SIGINT stop these, in the reverse of their order, and
   * the process ends with 0, or with 1 when one of them failed or all together took longer than `graceMs` (30,000 by
   * default).
   */
  stopOnSignal(stages: readonly Stage[], log: Pick<Log, 'info' | 'error'>, graceMs?: number): void;
}

interface Serving {
  readonly stages: readonly Stage[];
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly graceMs: number;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs a process from its first line: a signal that comes while `main` is still loading, connecting or migrating ends
 * it at once, with 143 for SIGTERM and 130 for SIGINT: as process 1 of a container there is no default action that
 * would. From `stopOnSignal` on it is stopped stage by stage; a second signal ends it at once, with 1.
 *
 * The file that calls this imports nothing else: the program itself is loaded by `main`, with `import()`, so that signals
 * are handled before it is.
 *
 * What `main` throws is written to stderr, and the exit code is 1; a wrong configuration without a stack.
 */
export async function runProcess(name: string, main: (lifetime: Lifetime) => Promise<void>): Promise<void> {
  let serving: Serving | undefined;
  let closing = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (serving === undefined) process.exit(128 + constants.signals[signal]);
    if (closing) process.exit(1);
    closing = true;
    close(serving, signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const telemetry = await loadTelemetry(name);
    await main({
      stopOnSignal(stages, log, graceMs = 30_000) {
        serving = { stages: telemetry === undefined ? stages : [telemetry, ...stages], log, graceMs };
      },
    });
  } catch (error) {
    process.stderr.write(redact(`${name}: ${textOf(error)}\n`));
    process.exit(1);
  }
  // a command that has done its work ends by itself, though signals are handled
  if (serving === undefined) for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Loaded only where spans are to be sent somewhere, and before everything that could make any. */
async function loadTelemetry(name: string): Promise<Stage | undefined> {
  if ((process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') === '') return undefined;
  // oxlint-disable-next-line no-restricted-imports -- the only one that loads it, and only then
  const { startTelemetry } = await import('../telemetry/index.js');
  const telemetry = startTelemetry(name, process.env);
  return { name: 'telemetry', stop: () => telemetry.close() };
}

function close({ stages, log, graceMs }: Serving, signal: string): void {
  log.info({ signal }, 'stopping');
  setTimeout(() => {
    log.error({ graceMs }, 'not stopped in time');
    process.exit(1);
  }, graceMs).unref();
  void stopStages(stages, log).then((clean) => process.exit(clean ? 0 : 1));
}

/** Errors whose message is all that an operator needs. */
const PLAIN: ReadonlySet<unknown> = new Set([
  'CONFIG_INVALID',
  'TOPIC_MISMATCH',
  'TOPICS_REFUSED',
  'ROLE_UNUSABLE',
  'SERVER_AWAY',
]);

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && PLAIN.has(error.code) ? error.message : (error.stack ?? error.message);
}
