import { createLogger } from '../logging/index.js';
import type { Lifetime } from '../process/index.js';
import type { ServiceConfig } from './config.js';
import { migrateService, planMigration, schemaOf } from './migrate-service.js';
import type { ServiceDefinition } from './service.js';
import { startService } from './start-service.js';

const USAGE = `Without an argument: serves until SIGTERM or SIGINT.
  migrate             brings the schema (expand phase) and the topics up to date, and ends
  migrate --contract  the same, and what must wait until no process of an older version is left
  migrate --plan      prints what migrate would do, and changes nothing
  schema              prints the names of all migrations, by phase, and of a shop's own topics; needs no server
`;

/**
 * What a service's main.ts runs, by the arguments of the process. Arguments that are not known are answered with the
 * usage on stderr and exit code 2.
 */
export async function runService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  lifetime: Lifetime,
): Promise<void> {
  const command = process.argv.slice(2).join(' ');
  switch (command) {
    case '': {
      const service = await startService(definition, process.env);
      const log = createLogger(definition.name, process.env['LOG_LEVEL'] ?? 'info');
      return lifetime.stopOnSignal([{ name: definition.name, stop: () => service.close() }], log);
    }
    case 'migrate':
      return migrateService(definition, process.env);
    case 'migrate --contract':
      return migrateService(definition, process.env, 'contract');
    case 'migrate --plan':
      return print(await planMigration(definition, process.env));
    case 'schema':
      return print(schemaOf(definition));
    default:
      process.stderr.write(`Unknown arguments: ${command}\n${USAGE}`);
      process.exitCode = 2;
  }
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
