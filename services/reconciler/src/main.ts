import { ConfigError } from '@outrider/service-kit/config';
import { createLogger } from '@outrider/service-kit/logging';
import { closeOnSignal } from '@outrider/service-kit/shutdown';
import { checkOnce } from './check-once.js';
import { readReconcilerConfig } from './config.js';
import { startReconciler } from './start-reconciler.js';

// `main.js check [from] [to]` looks once and ends: 0 no difference, 3 some; anything else: it could not look (Node itself
// ends with 1 when it breaks down, which must not be taken for an answer)
const [command, ...span] = process.argv.slice(2);
try {
  if (command === 'check') {
    process.exitCode = (await checkOnce(process.env, span)) === 0 ? 0 : 3;
  } else {
    const config = readReconcilerConfig(process.env);
    const log = createLogger('reconciler', config.LOG_LEVEL);
    closeOnSignal(await startReconciler(config, log), log);
    log.info({ everyMs: config.RECONCILE_EVERY_MS, adminPort: config.ADMIN_PORT }, 'checking the books');
  }
} catch (error) {
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`reconciler: ${text}\n`);
  process.exit(1);
}
