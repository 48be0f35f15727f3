import { ConfigError } from '../config/index.js';
import { createLogger, redact } from '../logging/index.js';
import { closeOnSignal } from '../shutdown/index.js';
import type { ServiceConfig } from './config.js';
import { migrateService } from './migrate-service.js';
import type { ServiceDefinition } from './service.js';
import { startService } from './start-service.js';

/**
 * What a service's main.ts calls: `migrate` as the first argument brings the schema and the topics up to date and
 * ends; without an argument the service runs until SIGTERM or SIGINT. What keeps it from starting is said on stderr,
 * and the exit code is 1.
 */
export async function runService<C extends ServiceConfig>(definition: ServiceDefinition<C>): Promise<void> {
  const [command, ...more] = process.argv.slice(2);
  try {
    if (command === 'migrate' && more.length === 0) {
      await migrateService(definition, process.env);
      return;
    }
    if (command !== undefined) {
      process.stderr.write(`Unknown argument ${[command, ...more].join(' ')}: give none to serve, or migrate.\n`);
      process.exitCode = 2;
      return;
    }
    const service = await startService(definition, process.env);
    const log = createLogger(definition.name, process.env['LOG_LEVEL'] ?? 'info');
    closeOnSignal([{ name: definition.name, close: () => service.close() }], log);
  } catch (error) {
    const text =
      error instanceof ConfigError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(redact(`${definition.name}: ${text}\n`));
    process.exit(1);
  }
}
