import { join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { devSecrets } from '../cluster/dev-secrets.js';
import { PROJECT_ROOT } from '../run/project.js';
import { CHART, OF_RELEASE, ofRelease, RELEASE, serving, VALUES } from './release.js';
import type { Cluster } from './cluster.js';
import type { Step, TestRun } from './test-run.js';

const READY_WITHIN = '10m';
const SERVERS = join(PROJECT_ROOT, 'k8s/dev');

async function infra(test: TestRun): Promise<string> {
  const { cluster } = test;
  const secrets = await makeNamespace(test);
  await startServers(cluster);
  const servers = await cluster.list(['deployments'], '{.metadata.name}');
  return `namespace ${cluster.namespace}, restricted; ${plural(secrets, 'secret')}; ${servers.join(', ')} are ready`;
}

/**
 * Makes the namespace, with all Secrets that the servers of k8s/dev and an installation need; it is deleted at the end.
 * @returns how many Secrets
 * @throws CommandError when it is there already
 */
export async function makeNamespace({ cluster, takeDown }: TestRun): Promise<number> {
  const { namespace } = cluster;
  if (await cluster.namespaceExists()) {
    throw new CommandError(
      `There is a namespace ${namespace} already. Use another one (--namespace), or run single steps in it (--only).`,
    );
  }
  takeDown.defer(async () => {
    await cluster.kubectl.run(['delete', 'namespace', namespace, '--wait=true', '--timeout=3m']);
  });
  await cluster.kubectl.run(['create', 'namespace', namespace]);
  await cluster.kubectl.run(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
  const secrets = await devSecrets();
  await cluster.k(['create', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: secrets }));
  return secrets.length;
}

/** Starts the servers of k8s/dev, with nothing in them, and waits until they are ready. */
export async function startServers(cluster: Cluster): Promise<void> {
  await cluster.k(['apply', `--filename=${SERVERS}`]);
  await cluster.k(['rollout', 'status', 'deployment', `--timeout=${READY_WITHIN}`]);
  await cluster.k(['wait', '--for=condition=Complete', 'job/kafka-access', `--timeout=${READY_WITHIN}`]);
}

/** Ends them; their data end with them. */
export async function stopServers(cluster: Cluster): Promise<void> {
  await cluster.k(['delete', `--filename=${SERVERS}`, '--ignore-not-found', '--timeout=3m']);
}

async function install({ cluster, version }: TestRun): Promise<string> {
  await cluster.h(['install', RELEASE, CHART, `--values=${VALUES}`, `--set-string=global.image.tag=${version}`]);
  return `release ${RELEASE}, version ${version}`;
}

export async function ready({ cluster }: TestRun, release = RELEASE): Promise<string> {
  await untilRolledOut(cluster, release);
  const pods = await cluster.list(
    ['pods', serving(release), '--field-selector=status.phase=Running'],
    '{.metadata.name}',
  );
  const restarts = await cluster.list(
    ['pods', ofRelease(release)],
    '{.metadata.name} {.status.containerStatuses[0].restartCount}',
  );
  const restarted = restarts.filter((line) => !/ 0$| $/u.test(line));
  if (restarted.length > 0) throw new CommandError(`Pods were started again: ${restarted.join(', ')}`);
  return `${plural(pods.length, 'pod')} ready, none was started twice`;
}

/** Waits until every Deployment of the release has the pods it wants, and no others. */
export async function untilRolledOut(cluster: Cluster, release = RELEASE): Promise<void> {
  await cluster.k(['rollout', 'status', 'deployment', ofRelease(release), `--timeout=${READY_WITHIN}`]);
}

/** A rollout is over when the new pods are ready; the old ones then drain. */
export async function untilOldPodsAreGone(cluster: Cluster): Promise<void> {
  const deleted = await cluster.list(['pods', OF_RELEASE], '{.metadata.name} {.metadata.deletionTimestamp}');
  const going = deleted.map((line) => line.split(' ')).flatMap(([name, at]) => (name && at ? [`pod/${name}`] : []));
  if (going.length > 0) await cluster.k(['wait', '--for=delete', ...going, '--timeout=2m']);
}

export async function helmTest({ cluster }: TestRun, release = RELEASE): Promise<string> {
  const said = await cluster.h(['test', release, '--timeout=5m']);
  const ended = said.split('\n').find((line) => line.includes('COMPLETED'));
  if (ended === undefined) throw new CommandError(`helm test placed no order that was COMPLETED:\n${said}`);
  return ended;
}

async function uninstall({ cluster }: TestRun): Promise<string> {
  await cluster.h(['uninstall', RELEASE, '--wait', '--timeout=3m']);
  await cluster.k(['wait', '--for=delete', 'pod', OF_RELEASE, '--timeout=2m']);
  const left = await cluster.k(['get', KINDS.join(), OF_RELEASE, '--ignore-not-found', '--output=name']);
  if (left !== '') throw new CommandError(`Left of the release: ${left.trim().split('\n').join(', ')}`);
  const servers = await cluster.list(['deployments'], '{.metadata.name}');
  return `nothing of the release is left; the servers are: ${servers.join(', ')}`;
}

const KINDS = [
  'deployments',
  'replicasets',
  'jobs',
  'pods',
  'services',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'networkpolicies',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'persistentvolumeclaims',
];

export const INSTALL_STEPS: readonly Step[] = [
  { name: 'infra', title: 'Servers', run: infra },
  { name: 'install', title: 'helm install', run: install },
  { name: 'ready', title: 'Ready', run: ready },
  { name: 'test', title: 'helm test', run: (test) => helmTest(test) },
];

export const UNINSTALL_STEP: Step = { name: 'uninstall', title: 'helm uninstall', run: uninstall };
