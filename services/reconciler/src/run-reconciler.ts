import { createLogger } from '@outrider/service-kit/logging';
import type { Lifetime } from '@outrider/service-kit/process';
import { readReconcilerConfig } from './config.js';
import { startReconciler } from './start-reconciler.js';

/** Checks the books until SIGTERM or SIGINT. @throws ConfigError; the listen error when the admin port is taken */
export async function runReconciler(env: NodeJS.ProcessEnv, lifetime: Lifetime): Promise<void> {
  const config = readReconcilerConfig(env);
  const log = createLogger('reconciler', config.LOG_LEVEL);
  lifetime.stopOnSignal(await startReconciler(config, log), log);
  log.info({ everyMs: config.RECONCILE_EVERY_MS, adminPort: config.ADMIN_PORT }, 'checking the books');
}
