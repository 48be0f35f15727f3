import { connectionMaxAge, logLevel, milliseconds, port, postgresUrl, readConfig } from '@outrider/service-kit/config';
import { z } from 'zod';
import type { BookKeeper } from './check/databases.js';
import type { ReconcilerSettings } from './check/reconciler.js';

const settings = z.object({
  /** a role that may read is enough */
  ORDER_DATABASE_URL: postgresUrl,
  INVENTORY_DATABASE_URL: postgresUrl,
  PAYMENT_DATABASE_URL: postgresUrl,
  PRODUCT_DATABASE_URL: postgresUrl,
  CONNECTION_MAX_AGE_MS: connectionMaxAge,
  /** nothing younger than this is held against anything: it may be on its way, or not yet on a replica that is read */
  RECONCILE_GRACE_MS: milliseconds.default(60_000),
  /** an order that stays in one step for longer is a difference */
  RECONCILE_OPEN_MS: milliseconds.default(3_600_000),
  /** payment has this long to check the provider's ledger; a few times PAYMENT_LEDGER_EVERY_MS */
  RECONCILE_LEDGER_MS: milliseconds.default(1_800_000),
  LOG_LEVEL: logLevel,
});
const processSettings = settings.extend({
  HOST: z.string().default('0.0.0.0'),
  ADMIN_PORT: port,
  RECONCILE_EVERY_MS: milliseconds.default(300_000),
  /** how far back orders are looked for that were open at the look before; the sweep comes to older ones */
  RECONCILE_RECENT_MS: milliseconds.default(3_600_000),
  /** how many orders, as many products, and ten times as many movements a round sweeps of the whole history */
  RECONCILE_SWEEP_ROWS: z.coerce.number('must be a number of rows').int().min(1).max(1_000_000).default(5_000),
});
export type CheckConfig = z.infer<typeof settings>;
export type ReconcilerConfig = z.infer<typeof processSettings>;

/** @throws ConfigError naming every key that is missing or wrong */
export function readCheckConfig(env: NodeJS.ProcessEnv): CheckConfig {
  return readConfig(settings, env);
}

/** @throws ConfigError naming every key that is missing or wrong */
export function readReconcilerConfig(env: NodeJS.ProcessEnv): ReconcilerConfig {
  return readConfig(processSettings, env);
}

export function databaseUrls(config: CheckConfig): Record<BookKeeper, string> {
  return {
    order: config.ORDER_DATABASE_URL,
    inventory: config.INVENTORY_DATABASE_URL,
    payment: config.PAYMENT_DATABASE_URL,
    product: config.PRODUCT_DATABASE_URL,
  };
}

export function reconcilerSettings(config: ReconcilerConfig): ReconcilerSettings {
  return {
    graceMs: config.RECONCILE_GRACE_MS,
    openMs: config.RECONCILE_OPEN_MS,
    recentMs: config.RECONCILE_RECENT_MS,
    sweepRows: config.RECONCILE_SWEEP_ROWS,
    ledgerMs: config.RECONCILE_LEDGER_MS,
  };
}
