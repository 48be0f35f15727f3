import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'simulator-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'secret');
const given = { PORT: '0', LEDGER_FILE: 'x', WEBHOOK_URL: 'http://shop/webhooks' };
const [old, next] = ['x'.repeat(16), 'y'.repeat(16)];

test('what webhooks are signed with is in a file: the last line of it, and the last good one', () => {
  writeFileSync(file, `${old}\n`);
  const { WEBHOOK_SECRET_FILE: secret } = readSettings({ ...given, WEBHOOK_SECRET_FILE: file });
  expect(secret?.()).toBe(old);
  writeFileSync(file, `${old}\n${next}\n`);
  expect(secret?.()).toBe(next);
  writeFileSync(file, '');
  expect(secret?.()).toBe(next);
  rmSync(file);
  expect(secret?.()).toBe(next);
});

test('F39 a secret that is missing, short or given twice is refused, and not shown', () => {
  writeFileSync(file, 'hunter22');
  const refused = (env: object) => () => readSettings({ ...given, ...env });
  expect(refused({})).toThrow('  WEBHOOK_SECRET: is missing');
  expect(refused({ WEBHOOK_SECRET_FILE: file })).toThrow(
    `  WEBHOOK_SECRET_FILE: holds no secret of 16 characters or more: ${file}`,
  );
  expect(refused({ WEBHOOK_SECRET_FILE: file })).not.toThrow('hunter22');
  expect(refused({ WEBHOOK_SECRET: 'hunter22' })).not.toThrow('hunter22');
  writeFileSync(file, old);
  expect(refused({ WEBHOOK_SECRET: old, WEBHOOK_SECRET_FILE: file })).toThrow('  WEBHOOK_SECRET: is given twice');
  expect(refused({ WEBHOOK_SECRET: old, STRIPE_WEBHOOK_URL: 'http://shop' })).toThrow(
    'STRIPE_WEBHOOK_SECRET: is missing',
  );
});
