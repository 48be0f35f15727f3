import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
import { ApiClient, kubeconfigAccess, type KubernetesObject, type Resource } from '../kubernetes/index.js';

export const CONFIG_MAP: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const NAMESPACE: Resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' };

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A client with the text of a kubeconfig. */
export async function clientOf(kubeconfig: string, observe?: ConstructorParameters<typeof ApiClient>[1]) {
  const path = join(tmpdir(), `outrider-kubeconfig-${randomBytes(6).toString('hex')}`);
  await writeFile(path, kubeconfig, { mode: 0o600 });
  return new ApiClient(await kubeconfigAccess(path), observe);
}

/** A namespace of a test's own. @returns its name */
export async function createNamespace(client: ApiClient): Promise<string> {
  const name = `test-${randomBytes(5).toString('hex')}`;
  await client.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  return name;
}

/**
 * A ServiceAccount of a namespace, that may do what the rules allow.
 * @returns its token
 */
export async function createAccount(
  client: ApiClient,
  namespace: string,
  { clusterRole }: { readonly clusterRole: string },
): Promise<string> {
  const name = `account-${randomBytes(5).toString('hex')}`;
  const post = (path: string, body: object) => client.request<never>({ method: 'POST', path, body });
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: `${namespace}-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    subjects: [{ kind: 'ServiceAccount', namespace, name }],
  });
  const { status } = await client.request<{ readonly status: { readonly token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  return status.token;
}
