import { connectionMaxAge, logLevel, milliseconds, port, readConfig } from '@outrider/service-kit/config';
import { databasesFolder, postgresSettings, type PostgresServer } from '@outrider/connections';
import { z } from 'zod';
import type { BookKeeper } from './check/databases.js';
import type { ReconcilerSettings } from './check/reconciler.js';

const settings = z.object({
  /** a role that may read is enough; each as DATABASE of the services: ORDER_DATABASE_URL and so on */
  ORDER_DATABASE: postgresSettings.optional(),
  INVENTORY_DATABASE: postgresSettings.optional(),
  PAYMENT_DATABASE: postgresSettings.optional(),
  PRODUCT_DATABASE: postgresSettings.optional(),
  /** instead of the four: a folder with the folders order, inventory, payment and product */
  DATABASES_DIR: databasesFolder.optional(),
  CONNECTION_MAX_AGE_MS: connectionMaxAge,
  /** nothing younger than this counts: it may be on its way, or not yet on a replica that is read */
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
  /** how far back a round goes for orders that were open in the round before; the sweep reaches older ones */
  RECONCILE_RECENT_MS: milliseconds.default(3_600_000),
  /** how many orders, as many products, and ten times as many movements a round sweeps of the whole history */
  RECONCILE_SWEEP_ROWS: z.coerce.number('must be a number of rows').int().min(1).max(1_000_000).default(5_000),
});

const checkConfig = settings.transform(withDatabases);
const reconcilerConfig = processSettings.transform(withDatabases);
export type CheckConfig = z.infer<typeof checkConfig>;
export type ReconcilerConfig = z.infer<typeof reconcilerConfig>;

/** The four databases, from the folder or one by one. */
function withDatabases<C extends z.infer<typeof settings>>(config: C, context: z.RefinementCtx) {
  const folder = config.DATABASES_DIR;
  const refuse = (setting: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [setting, ''], message });
  const find = (keeper: BookKeeper, single: PostgresServer | undefined): PostgresServer => {
    const setting = `${keeper.toUpperCase()}_DATABASE_URL`;
    const found = single ?? folder?.find(({ name }) => name === keeper)?.server;
    if (single !== undefined && folder !== undefined) refuse('DATABASES_DIR', `is given beside ${setting}`);
    else if (found === undefined && folder !== undefined) refuse('DATABASES_DIR', `holds no folder named ${keeper}`);
    else if (found === undefined) refuse(setting, 'is missing');
    return found ?? z.NEVER;
  };
  const databases: Readonly<Record<BookKeeper, PostgresServer>> = {
    order: find('order', config.ORDER_DATABASE),
    inventory: find('inventory', config.INVENTORY_DATABASE),
    payment: find('payment', config.PAYMENT_DATABASE),
    product: find('product', config.PRODUCT_DATABASE),
  };
  return { ...config, databases };
}

/** @throws ConfigError naming every key that is missing or wrong */
export function readCheckConfig(env: NodeJS.ProcessEnv): CheckConfig {
  return readConfig(checkConfig, env);
}

/** @throws ConfigError naming every key that is missing or wrong */
export function readReconcilerConfig(env: NodeJS.ProcessEnv): ReconcilerConfig {
  return readConfig(reconcilerConfig, env);
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
