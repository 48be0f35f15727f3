import { join } from 'node:path';
import { runProgram } from './run-program.js';

/** The charts that are published; the library that they share is in each. */
export const PUBLISHED_CHARTS = ['outrider', 'operator', 'outbox-worker', 'service'] as const;

/**
 * Packages the charts of a checkout into a folder, with their `version`.
 * @param helm the command
 * @returns the archives, the installation's first
 */
export async function packageCharts(
  helm: string,
  root: string,
  version: string,
  folder: string,
): Promise<readonly string[]> {
  for (const chart of PUBLISHED_CHARTS) {
    await runProgram(helm, ['package', join(root, 'charts', chart), '--destination', folder]);
  }
  return PUBLISHED_CHARTS.map((chart) => join(folder, `${chart}-${version}.tgz`));
}
