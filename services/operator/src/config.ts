import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { appVersion, logLevel, port, readConfig } from '@outrider/service-kit/config';
import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u, 'must be a name as Kubernetes has them: a-z, 0-9 and -');

const settings = z.object({
  /** outside a cluster: the file that says how it is reached; in a pod its ServiceAccount is used */
  KUBECONFIG: z.string().optional(),
  /** the namespace whose resources it looks after; `*`: all of them; its own by default */
  WATCH_NAMESPACE: z
    .string()
    .refine((value) => value === '*' || name.safeParse(value).success, 'must be a namespace, or *')
    .optional(),
  /** the Lease that lets one of several processes write, in its own namespace */
  LEASE_NAME: name.default('outrider-operator'),
  /** what this process is called in the Lease and in events: no two that run have the same */
  POD_NAME: z
    .string()
    .regex(/^[\w.-]{1,100}$/u, 'must be letters, digits, . - _')
    .default(() => `${hostname()}-${randomBytes(4).toString('hex')}`),
  HOST: z.string().default('0.0.0.0'),
  ADMIN_PORT: port,
  APP_VERSION: appVersion,
  LOG_LEVEL: logLevel,
});

export type OperatorConfig = z.infer<typeof settings>;

/** @throws ConfigError naming every key that is missing or wrong */
export function readOperatorConfig(env: NodeJS.ProcessEnv): OperatorConfig {
  return readConfig(settings, env);
}
