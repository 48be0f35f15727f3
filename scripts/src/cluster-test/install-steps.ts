import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { devSecrets } from '../cluster/dev-secrets.js';
import { authoritiesOf, buildImage, readRevision } from '../images/build-images.js';
import { findDocker } from '../images/find-docker.js';
import { IMAGES } from '../images/image-names.js';
import { loadImages } from '../images/load-images.js';
import { PROJECT_ROOT } from '../run/project.js';
import { CHART, OF_RELEASE, RELEASE, VALUES } from './release.js';
import type { Step, TestRun } from './test-run.js';

const READY_WITHIN = '10m';

/** Of k8s/dev. They are loaded where this machine has them; else the cluster pulls them. */
const SERVERS = ['postgres:18', 'redis:7', 'apache/kafka:4.3.1'];

async function images({ version }: TestRun): Promise<string> {
  const docker = await findDocker();
  const caFile = await authoritiesOf(process.env);
  const build = { docker, target: 'run', registry: '', nodeBase: undefined, runBase: undefined, caFile } as const;
  const revision = await readRevision();
  const references: string[] = [];
  for (const name of IMAGES) references.push(await buildImage(name, { ...build, tag: version }, { version, revision }));
  const built = references.length;
  for (const server of SERVERS) {
    const there = await promisify(execFile)(docker, ['image', 'inspect', server]).then(
      () => true,
      () => false,
    );
    if (there) references.push(server);
  }
  const load = process.env['CLUSTER_LOAD'];
  await loadImages(docker, references, load === '' ? undefined : load);
  return `${plural(built, 'image')} built, ${references.length} loaded in one archive`;
}

async function infra({ cluster, takeDown }: TestRun): Promise<string> {
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
  await cluster.k(['apply', `--filename=${join(PROJECT_ROOT, 'k8s/dev')}`]);
  await cluster.k(['rollout', 'status', 'deployment', `--timeout=${READY_WITHIN}`]);
  await cluster.k(['wait', '--for=condition=Complete', 'job/kafka-access', `--timeout=${READY_WITHIN}`]);
  const servers = await cluster.list(['deployments'], '{.metadata.name}');
  return `namespace ${namespace}, restricted; ${plural(secrets.length, 'secret')}; ${servers.join(', ')} are ready`;
}

async function install({ cluster, version }: TestRun): Promise<string> {
  await cluster.h(['install', RELEASE, CHART, `--values=${VALUES}`, `--set-string=global.image.tag=${version}`]);
  return `release ${RELEASE}, version ${version}`;
}

async function ready({ cluster }: TestRun): Promise<string> {
  await untilRolledOut(cluster);
  const pods = await cluster.list(['pods', OF_RELEASE, '--field-selector=status.phase=Running'], '{.metadata.name}');
  const restarts = await cluster.list(
    ['pods', OF_RELEASE],
    '{.metadata.name} {.status.containerStatuses[0].restartCount}',
  );
  const restarted = restarts.filter((line) => !/ 0$| $/u.test(line));
  if (restarted.length > 0) throw new CommandError(`Pods were started again: ${restarted.join(', ')}`);
  return `${plural(pods.length, 'pod')} ready, none was started twice`;
}

/** Waits until every Deployment of the release has the pods it wants, and no others. */
export async function untilRolledOut(cluster: TestRun['cluster']): Promise<void> {
  await cluster.k(['rollout', 'status', 'deployment', OF_RELEASE, `--timeout=${READY_WITHIN}`]);
}

async function helmTest({ cluster }: TestRun): Promise<string> {
  const said = await cluster.h(['test', RELEASE, '--timeout=5m']);
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
  { name: 'images', title: 'Images built and loaded', run: images },
  { name: 'infra', title: 'Servers', run: infra },
  { name: 'install', title: 'helm install', run: install },
  { name: 'ready', title: 'Ready', run: ready },
  { name: 'test', title: 'helm test', run: helmTest },
];

export const UNINSTALL_STEP: Step = { name: 'uninstall', title: 'helm uninstall', run: uninstall };
