import { expect, test } from '@jest/globals';
import { databaseUrls, readReconcilerConfig, reconcilerSettings } from './config.js';

const env = {
  ORDER_DATABASE_URL: 'postgres://a/order',
  INVENTORY_DATABASE_URL: 'postgres://b/inventory',
  PAYMENT_DATABASE_URL: 'postgres://c/payment',
  PRODUCT_DATABASE_URL: 'postgres://d/product',
  ADMIN_PORT: '9006',
};

test('each book is read from the database of its name', () => {
  expect(databaseUrls(readReconcilerConfig(env))).toEqual({
    order: 'postgres://a/order',
    inventory: 'postgres://b/inventory',
    payment: 'postgres://c/payment',
    product: 'postgres://d/product',
  });
});

test('how long a difference may be on its way is taken from the settings of those names', () => {
  const given = {
    RECONCILE_GRACE_MS: '1',
    RECONCILE_OPEN_MS: '2',
    RECONCILE_RECENT_MS: '3',
    RECONCILE_SWEEP_ROWS: '4',
    RECONCILE_LEDGER_MS: '5',
  };
  expect(reconcilerSettings(readReconcilerConfig({ ...env, ...given }))).toEqual({
    graceMs: 1,
    openMs: 2,
    recentMs: 3,
    sweepRows: 4,
    ledgerMs: 5,
  });
});
