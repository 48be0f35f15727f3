import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONNECTIONS_END } from '../connection-age.js';
import { CHART, PROCESSES, RELEASE, VALUES } from '../release.js';
import type { TestRun } from '../test-run.js';
import { SERVICES } from '../../installation/layout.js';
import { PROJECT_ROOT } from '../../run/project.js';

export type Operated = 'order' | 'inventory' | 'payment' | 'product' | 'outbox-worker';

const OPERATOR = 'operator';
/** The operator's pods, which may read admin ports. */
const PEER = { podSelector: { matchLabels: { 'app.kubernetes.io/name': OPERATOR } } };
const WITHIN = '--timeout=5m';

/** Installs the operator as a release of its own, in the same namespace; kinds of another one are taken over. */
export async function installOperator({ cluster, version }: TestRun): Promise<void> {
  const chart = join(PROJECT_ROOT, 'charts/operator');
  const values = [`--set-string=global.image.tag=${version}`, '--set-string=resources.requests.cpu=0'];
  await cluster.h(['upgrade', '--install', OPERATOR, chart, ...values, '--take-ownership', '--wait', WITHIN]);
}

/** The kinds stay, as they do for everybody. */
export async function uninstallOperator({ cluster }: TestRun): Promise<void> {
  await cluster.h(['uninstall', OPERATOR, '--wait', WITHIN]);
}

/**
 * One node bears both sides of each roll-out: it schedules by what is requested, and every pod would request a tenth of a
 * core that it hardly uses.
 */
const NO_CPU_REQUESTED = { resources: { requests: { cpu: '0' } } };
const NONE_FOR_MIGRATIONS = { migrate: NO_CPU_REQUESTED };

/** A release of the chart some of whose parts the operator runs, with values that grow. */
export class OperatedRelease {
  readonly #values: Record<string, object> = {
    global: { networkPolicy: { operator: [PEER] } },
    ...Object.fromEntries(PROCESSES.map((name) => [name, NO_CPU_REQUESTED])),
    ...Object.fromEntries(SERVICES.map((name) => [name, { ...NO_CPU_REQUESTED, ...NONE_FOR_MIGRATIONS }])),
  };

  constructor(
    private readonly test: TestRun,
    private readonly file: string,
  ) {}

  /** Sets values of one part, over those that it was given before. */
  set(part: Operated, values: object): void {
    this.#values[part] = { ...this.#values[part], ...values };
  }

  /** The values of one part as they were set, with nothing that only a bad version has. */
  of(part: Operated): object {
    return { extraEnv: [], extraVolumes: [], extraVolumeMounts: [], podAnnotations: {}, ...this.#values[part] };
  }

  /** `helm upgrade` with all values that were set. */
  async upgrade(...more: readonly string[]): Promise<void> {
    const { cluster, version } = this.test;
    await writeFile(this.file, JSON.stringify(this.#values));
    const values = [`--values=${VALUES}`, `--values=${this.file}`, `--set-string=global.image.tag=${version}`];
    await cluster.h(['upgrade', '--install', RELEASE, CHART, ...values, ...CONNECTIONS_END, ...more]);
  }
}

/** The kind of a part's resource, as kubectl calls it. */
export const resourceOf = (part: Operated): string =>
  `${part === 'outbox-worker' ? 'outboxworker' : 'commerceservice'}/${RELEASE}-${part}`;

/** From a Deployment of the chart to the operator, or back: both serve until the other side is ready. */
export async function goOver(
  { cluster }: TestRun,
  release: OperatedRelease,
  parts: readonly Operated[],
  to: 'operator' | 'deployment',
): Promise<void> {
  for (const part of parts) release.set(part, { runBy: 'both' });
  await release.upgrade('--wait', WITHIN);
  // Helm 3 does not know when the kinds are ready
  for (const part of parts) await cluster.k(['wait', '--for=condition=Ready', resourceOf(part), WITHIN]);
  for (const part of parts) release.set(part, { runBy: to });
  await release.upgrade('--wait', WITHIN);
  if (to === 'deployment') {
    for (const part of parts) await cluster.k(['wait', '--for=delete', resourceOf(part), WITHIN]);
  }
}
