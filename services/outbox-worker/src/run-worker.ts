import { createLogger } from '@outrider/service-kit/logging';
import type { Lifetime } from '@outrider/service-kit/process';
import { readWorkerConfig } from './config.js';
import { startWorker } from './start-worker.js';

/** Relays until SIGTERM or SIGINT. @throws ConfigError; the listen error when the admin port is taken */
export async function runWorker(env: NodeJS.ProcessEnv, lifetime: Lifetime): Promise<void> {
  const config = readWorkerConfig(env);
  const log = createLogger('outbox-worker', config.LOG_LEVEL);
  lifetime.stopOnSignal(await startWorker(config, log), log);
  log.info({ databases: config.databases.map(({ name }) => name), adminPort: config.ADMIN_PORT }, 'relaying');
}
