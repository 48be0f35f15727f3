import { readConfig } from '@outrider/service-kit/config';
import { createLogger } from '@outrider/service-kit/logging';
import type { Lifetime } from '@outrider/service-kit/process';
import { warehouseConfig } from './config.js';
import { startWarehouse } from './start-warehouse.js';

/** Prints packing slips until SIGTERM or SIGINT. @throws ConfigError */
export async function runWarehouse(env: NodeJS.ProcessEnv, lifetime: Lifetime): Promise<void> {
  const config = readConfig(warehouseConfig, env);
  const log = createLogger('warehouse', config.LOG_LEVEL);
  const warehouse = await startWarehouse(config, log);
  lifetime.stopOnSignal([{ name: 'warehouse', stop: () => warehouse.close() }], log);
  log.info({}, 'printing packing slips');
}
