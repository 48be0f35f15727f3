import { createLogger } from '@outrider/service-kit/logging';
import type { Lifetime } from '@outrider/service-kit/process';
import { readOperatorConfig } from './config.js';
import { startOperator } from './start-operator.js';

/** Looks after resources until SIGTERM or SIGINT. @throws ConfigError; the listen error when the admin port is taken */
export async function runOperator(env: NodeJS.ProcessEnv, lifetime: Lifetime): Promise<void> {
  const config = readOperatorConfig(env);
  const log = createLogger('operator', config.LOG_LEVEL);
  lifetime.stopOnSignal(await startOperator(config, log), log);
  const { WATCH_NAMESPACE: namespace, ADMIN_PORT: adminPort, POD_NAME: name } = config;
  log.info({ namespace, name, adminPort }, 'watching');
}
