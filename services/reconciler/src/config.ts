import { appVersion, connectionMaxAge, logLevel, milliseconds, port, readConfig } from '@outrider/service-kit/config';
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
  /** an order that stays in one step for longer, or for longer after the step's deadline, is a difference */
  RECONCILE_OPEN_MS: milliseconds.default(3_600_000),
  /** payment has this long to check the provider's ledger; a few times PAYMENT_LEDGER_EVERY_MS */
  RECONCILE_LEDGER_MS: milliseconds.default(1_800_000),
  LOG_LEVEL: logLevel,
});
const processSettings = settings.extend({
  HOST: z.string().default('0.0.0.0'),
  APP_VERSION: appVersion,
  ADMIN_PORT: port,
  RECONCILE_EVERY_MS: milliseconds.default(300_000),
  /** how far back a round goes for orders that were open in the round before; the sweep reaches older ones */
  RECONCILE_RECENT_MS: milliseconds.default(3_600_000),
  /** how many orders, as many products, and ten times as many movements a round sweeps of the whole history */
  RECONCILE_SWEEP_ROWS: z.coerce.number('must be a number of rows').int().min(1).max(1_000_000).default(5_000),
});

// also beside other faults, so that every wrong key is named at once
const besideOthers: { when: (payload: z.core.ParsePayload) => boolean } = {
  when: ({ issues }) => !issues.some(({ path }) => /_DATABASE$|^DATABASES_DIR$/u.test(String(path?.[0]))),
};
const checkConfig = settings.superRefine(refuseMissing, besideOthers).transform(withDatabases);
const reconcilerConfig = processSettings.superRefine(refuseMissing, besideOthers).transform(withDatabases);
export type CheckConfig = z.infer<typeof checkConfig>;
export type ReconcilerConfig = z.infer<typeof reconcilerConfig>;

/** One by one, as far as they are given so. */
function single(config: z.infer<typeof settings>): Readonly<Record<BookKeeper, PostgresServer | undefined>> {
  return {
    order: config.ORDER_DATABASE,
    inventory: config.INVENTORY_DATABASE,
    payment: config.PAYMENT_DATABASE,
    product: config.PRODUCT_DATABASE,
  };
}

function refuseMissing(config: z.infer<typeof settings>, context: z.RefinementCtx): void {
  const folder = config.DATABASES_DIR;
  const refuse = (setting: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [setting, ''], message });
  for (const [keeper, server] of Object.entries(single(config))) {
    const setting = `${keeper.toUpperCase()}_DATABASE_URL`;
    if (folder === undefined && server === undefined) refuse(setting, 'is missing');
    else if (folder !== undefined && server !== undefined) refuse('DATABASES_DIR', `is given beside ${setting}`);
    else if (folder?.every(({ name }) => name !== keeper)) refuse('DATABASES_DIR', `holds no folder named ${keeper}`);
  }
}

/** With the four databases, from the folder or one by one. */
function withDatabases<C extends z.infer<typeof settings>>(config: C) {
  const inFolder = Object.fromEntries((config.DATABASES_DIR ?? []).map(({ name, server }) => [name, server]));
  const databases = config.DATABASES_DIR === undefined ? single(config) : inFolder;
  // all four are there, or they were refused
  return { ...config, databases: databases as Readonly<Record<BookKeeper, PostgresServer>> };
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
