import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';
import { Tool } from '../cli/tool.js';

const KIND_CLUSTER = join(PROJECT_ROOT, 'k8s/kind/cluster.yaml');
const KIND_NAME = 'outrider-test';

export interface Tools {
  readonly kubectl: Tool;
  readonly helm: Tool;
}

/**
 * The cluster of a kubeconfig; without one, a new cluster of kind.
 *
 * @param takeDown deletes the cluster that was made
 * @throws CommandError that says what is missing
 */
export async function findCluster(
  kubeconfig: string | undefined,
  takeDown: AsyncDisposableStack,
  env: NodeJS.ProcessEnv,
): Promise<Tools> {
  const given = (name: string, program: string): string => {
    const value = env[name];
    return value === undefined || value === '' ? program : value;
  };
  const tools = (file: string): Tools => ({
    kubectl: new Tool(given('KUBECTL', 'kubectl'), { KUBECONFIG: file }),
    helm: new Tool(given('HELM', 'helm'), { KUBECONFIG: file }),
  });
  const found = tools(kubeconfig === undefined ? '' : resolve(kubeconfig));
  await mustRun(found.kubectl, ['version', '--client'], 'kubectl is needed: on PATH, or named by KUBECTL.');
  await mustRun(found.helm, ['version', '--short'], 'Helm 3.18 or later is needed: on PATH, or named by HELM.');
  if (kubeconfig !== undefined) {
    await mustRun(found.kubectl, ['get', '--raw=/readyz'], `The cluster of ${kubeconfig} does not answer.`);
    return found;
  }
  const kind = new Tool('kind', {});
  await mustRun(kind, ['version'], 'There is no cluster: name one by --kubeconfig FILE, or install kind and Docker.');
  const folder = await mkdtemp(join(tmpdir(), 'outrider-kind-'));
  const file = join(folder, 'kubeconfig');
  takeDown.defer(async () => {
    await kind.run(['delete', 'cluster', `--name=${KIND_NAME}`, `--kubeconfig=${file}`]);
    await rm(folder, { recursive: true });
  });
  const making = ['create', 'cluster', `--config=${KIND_CLUSTER}`, `--name=${KIND_NAME}`, `--kubeconfig=${file}`];
  await mustRun(kind, [...making, '--wait=2m'], 'kind could not make a cluster: name one by --kubeconfig FILE.');
  // images are loaded into the cluster of this name
  env['KIND_CLUSTER_NAME'] = KIND_NAME;
  return tools(file);
}

async function mustRun(tool: Tool, args: readonly string[], otherwise: string): Promise<void> {
  try {
    await tool.run(args);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`${otherwise}\n${error.message}`, { cause: error });
  }
}
