import { startSimulator } from './index.js';
import { readSettings } from './settings.js';
import { SimulatorError } from './simulator-error.js';

const say = (level: 'info' | 'error', fields: object): void =>
  console.log(
    JSON.stringify({ level, time: new Date().toISOString(), service: 'simulator', pid: process.pid, ...fields }),
  );

/** Runs the simulator as the environment says. @returns what closes it */
export async function run(): Promise<() => Promise<void>> {
  try {
    const settings = readSettings(process.env);
    const simulator = await startSimulator({
      ledgerFile: settings.LEDGER_FILE,
      host: settings.HOST,
      port: settings.PORT,
      seed: settings.SEED,
      behaviour: settings.PAYMENTS,
      latencyMs: settings.LATENCY_MS,
      timeoutMs: settings.TIMEOUT_MS,
      laterMs: settings.LATER_MS,
      keysForgottenAfterMs: settings.KEYS_FORGOTTEN_AFTER_MS,
      ...(settings.WEBHOOK_URL !== undefined && {
        webhooks: { url: settings.WEBHOOK_URL, secret: settings.WEBHOOK_SECRET_FILE ?? settings.WEBHOOK_SECRET ?? '' },
      }),
      ...(settings.STRIPE_WEBHOOK_URL !== undefined && {
        stripeWebhooks: {
          url: settings.STRIPE_WEBHOOK_URL,
          secret: settings.STRIPE_WEBHOOK_SECRET_FILE ?? settings.STRIPE_WEBHOOK_SECRET ?? '',
        },
      }),
      fsync: settings.FSYNC,
      onUnexpected(error) {
        // memory may be ahead of the file now: only a new start from the file is right
        say('error', { msg: 'the ledger cannot be kept', err: String(error) });
        process.exit(1);
      },
    });
    say('info', { msg: 'listening', url: simulator.url });
    return () => simulator.close();
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
