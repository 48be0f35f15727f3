import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readReconcilerConfig, reconcilerSettings } from './config.js';

const env = {
  ORDER_DATABASE_URL: 'postgres://u@a/order',
  INVENTORY_DATABASE_URL: 'postgres://u@b/inventory',
  PAYMENT_DATABASE_URL: 'postgres://u@c/payment',
  PRODUCT_DATABASE_URL: 'postgres://u@d/product',
  ADMIN_PORT: '9006',
};

test('each book is read from the database of its name', () => {
  const { databases } = readReconcilerConfig(env);
  expect(Object.fromEntries(Object.entries(databases).map(([name, server]) => [name, server.name]))).toEqual({
    order: 'u@a:5432/order',
    inventory: 'u@b:5432/inventory',
    payment: 'u@c:5432/payment',
    product: 'u@d:5432/product',
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

describe('the databases in a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrider-reconciler-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'uri'), `postgres://reader:hunter22@db/${name}`);
    }
  };

  test('are found by the services’ names', async () => {
    await write('order', 'inventory', 'payment', 'product');
    const { databases } = readReconcilerConfig({ DATABASES_DIR: folder, ADMIN_PORT: '9006' });
    expect(databases.product.name).toBe('reader@db:5432/product');
  });

  test('are all needed, and not beside single ones', async () => {
    await write('order', 'inventory', 'payment');
    const read = (more: NodeJS.ProcessEnv) => () =>
      readReconcilerConfig({ DATABASES_DIR: folder, ADMIN_PORT: '9006', ...more });
    expect(read({})).toThrow('DATABASES_DIR: holds no folder named product');
    await write('product');
    expect(read({ ORDER_DATABASE_URL: 'postgres://u@a/order' })).toThrow(
      'DATABASES_DIR: is given beside ORDER_DATABASE_URL',
    );
  });

  test('one that is missing without a folder is named by its setting', () => {
    const { PRODUCT_DATABASE_URL: _, ...rest } = env;
    expect(() => readReconcilerConfig(rest)).toThrow('PRODUCT_DATABASE_URL: is missing');
  });
});

test('F39 every wrong key is named at once', () => {
  const read = (): unknown =>
    readReconcilerConfig({ ORDER_DATABASE_URL: env.ORDER_DATABASE_URL, RECONCILE_OPEN_MS: 'x' });
  for (const key of [
    'INVENTORY_DATABASE_URL: is missing',
    'PRODUCT_DATABASE_URL: is missing',
    'ADMIN_PORT',
    'RECONCILE_OPEN_MS',
  ]) {
    expect(read).toThrow(key);
  }
  expect(read).not.toThrow('ORDER_DATABASE_URL');
});
