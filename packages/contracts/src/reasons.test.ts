import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { reasonCodeSchema } from './events/define.js';
import { isReasonCode, REASON_CODES, reasonCodeOf } from './reasons.js';
import { reasonsPage } from './reasons-page.js';

const PAGE = fileURLToPath(new URL('../../../docs/reasons.md', import.meta.url));

test.each(REASON_CODES)('%s is a code that events can carry', (code) => {
  expect(reasonCodeSchema.safeParse(code).success).toBe(true);
  expect(isReasonCode(code)).toBe(true);
});

test.each([undefined, '', 'toString', '__proto__', 'a-code-of-a-newer-version', 'Cancelled'])(
  '%p stands for the general code',
  (code) => expect(reasonCodeOf(code, 'payment-failed')).toBe('payment-failed'),
);

test('a code that is known stands for itself', () => {
  expect(reasonCodeOf('card-expired', 'payment-failed')).toBe('card-expired');
});

// UPDATE_DOCS=1 writes the page again
test('docs/reasons.md is current', async () => {
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(PAGE, reasonsPage());
  expect(await readFile(PAGE, 'utf8')).toBe(reasonsPage());
});
