import { CommandError } from '../cli/errors.js';
import { balanceBooks } from './order-steps.js';
import { Cluster } from './cluster.js';
import { helmTest, makeNamespace, ready, startServers } from './install-steps.js';
import { CHART, RELEASE, VALUES } from './release.js';
import type { Step, TestRun } from './test-run.js';

const SECOND = 'second';

/**
 * Installs a second time: under the same name, which is refused; under another name beside the first, which works with the
 * same databases, as more pods of each do; and in a namespace with servers of its own, which come later.
 */
async function beside(test: TestRun): Promise<string> {
  const { cluster } = test;
  await mustBeRefused(test);
  await cluster.h(install(test, SECOND));
  try {
    await ready(test, SECOND);
    await helmTest(test, SECOND);
  } finally {
    await cluster.h(['uninstall', SECOND, '--wait', '--timeout=3m']);
  }
  const elsewhere = await inNamespaceOfItsOwn(test);
  await helmTest(test);
  return `the same name is refused, another one works beside it; ${elsewhere}; ${await balanceBooks(test)}`;
}

const install = ({ version }: TestRun, release: string): string[] => [
  'install',
  release,
  CHART,
  `--values=${VALUES}`,
  `--set-string=global.image.tag=${version}`,
];

async function mustBeRefused(test: TestRun): Promise<void> {
  const said = await test.cluster.h(install(test, RELEASE)).catch((error: unknown) => {
    if (error instanceof CommandError) return error.message;
    throw error;
  });
  if (!/cannot re-?use a name/u.test(said)) throw new CommandError(`helm install of ${RELEASE} again said:\n${said}`);
}

/** @returns what came of it, in a few words */
async function inNamespaceOfItsOwn(test: TestRun): Promise<string> {
  const { kubectl, helm, namespace, signal } = test.cluster;
  const cluster = new Cluster(kubectl, helm, `${namespace}-${SECOND}`, signal);
  await using takeDown = new AsyncDisposableStack();
  const other: TestRun = { ...test, cluster, takeDown };
  await makeNamespace(other);
  await cluster.h(install(test, RELEASE));
  await startServers(cluster);
  const pods = await ready(other);
  await helmTest(other);
  return `in ${cluster.namespace}, installed before its servers: ${pods}`;
}

export const BESIDE_STEP: Step = { name: 'beside', title: 'Installed a second time', run: beside };
