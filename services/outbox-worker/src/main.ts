import { mendKafkajs, quickenKafkajs } from '@outrider/outbox';
import { ConfigError } from '@outrider/service-kit/config';
import { createLogger } from '@outrider/service-kit/logging';
import { closeOnSignal } from '@outrider/service-kit/shutdown';
import { readWorkerConfig } from './config.js';
import { startWorker } from './start-worker.js';

try {
  mendKafkajs();
  quickenKafkajs();
  const config = readWorkerConfig(process.env);
  const log = createLogger('outbox-worker', config.LOG_LEVEL);
  closeOnSignal(await startWorker(config, log), log);
  log.info({ databases: config.DATABASE_URLS.map(({ name }) => name), adminPort: config.ADMIN_PORT }, 'relaying');
} catch (error) {
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`outbox-worker: ${text}\n`);
  process.exit(1);
}
