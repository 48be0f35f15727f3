import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { fileCredential, secretFile } from '@outrider/connections';
import { ConfigError } from '@outrider/service-kit/config';

/** How an API server is reached. */
export interface ClusterAccess {
  /** https */
  readonly server: URL;
  /** the namespace that the process runs in, or that of the kubeconfig's context */
  readonly namespace: string;
  /** Certificates, and the headers that say who asks, as they are now: they may change while the process runs. */
  credentials(): Promise<RequestOptions>;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * As a pod's ServiceAccount. The kubelet exchanges the token within the hour, so it is read with each request.
 * @throws ConfigError outside a cluster
 * @throws CredentialError when the files of the ServiceAccount are not mounted
 */
export function inClusterAccess(env: NodeJS.ProcessEnv, folder = SERVICE_ACCOUNT): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === '') throw new ConfigError(['KUBECONFIG: is missing, and this is no pod of a cluster']);
  const token = secretFile(join(folder, 'token'));
  const authority = fileCredential([join(folder, 'ca.crt')], (read) => read(join(folder, 'ca.crt')));
  const namespace = secretFile(join(folder, 'namespace')).current();
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace,
    credentials: async () => ({
      ca: authority.current(),
      headers: { authorization: `Bearer ${token.current()}` },
    }),
  };
}

/**
 * As the user of a kubeconfig. The library is loaded only here: a pod has no kubeconfig, and the library takes more memory
 * than the operator does.
 * @param path undefined: found as kubectl finds it, by KUBECONFIG or in the home directory
 * @param context another one than the current one
 * @throws ConfigError when the file cannot be used
 */
export async function kubeconfigAccess(path?: string, context?: string): Promise<ClusterAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (error) {
    throw new ConfigError([`KUBECONFIG: cannot be used: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new ConfigError([`KUBECONFIG: has no context ${context}`]);
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new ConfigError(['KUBECONFIG: has no current context']);
  const server = new URL(cluster.server);
  if (server.protocol !== 'https:') throw new ConfigError([`KUBECONFIG: the server is not https: ${server.origin}`]);
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async credentials() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // its agent opens a connection for each request; only a proxy needs one of its kinds
      if (cluster.proxyUrl === undefined) delete options.agent;
      return options;
    },
  };
}
