import { readFile } from 'node:fs/promises';
import { InfraError, type InfraErrorCode } from '../infra-error.js';
import type { Keeper } from '../keeper/keeper.js';
import type { ProcessSpec } from '../keeper/protocol.js';
import { lastLines } from './wait-until-started.js';

/**
 * Runs a command to its end under the keeper, so that it does not go on when its owner is gone.
 *
 * @throws InfraError with the given code and the end of the output, when the command fails.
 */
export async function runKept(
  keeper: Keeper,
  spec: Omit<ProcessSpec, 'stopSignal'>,
  failure: { readonly code: InfraErrorCode; readonly what: string },
): Promise<void> {
  const { exited } = await keeper.spawn({ ...spec, stopSignal: 'SIGKILL' });
  const { code, signal } = await exited;
  if (code === 0) return;
  const output = lastLines(await readFile(spec.logFile, 'utf8'));
  throw new InfraError(failure.code, `${failure.what} (${signal ?? `exit code ${code}`}): ${output}`);
}
