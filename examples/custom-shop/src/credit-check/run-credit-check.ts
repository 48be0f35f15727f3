import { readConfig } from '@outrider/service-kit/config';
import { createLogger } from '@outrider/service-kit/logging';
import type { Lifetime } from '@outrider/service-kit/process';
import { creditCheckConfig } from './config.js';
import { startCreditCheck } from './start-credit-check.js';

/** Answers checks until SIGTERM or SIGINT. @throws ConfigError */
export async function runCreditCheck(env: NodeJS.ProcessEnv, lifetime: Lifetime): Promise<void> {
  const config = readConfig(creditCheckConfig, env);
  const log = createLogger('credit-check', config.LOG_LEVEL);
  const running = await startCreditCheck(config, log);
  lifetime.stopOnSignal([{ name: 'credit check', stop: () => running.close() }], log);
  log.info({}, 'answering checks');
}
