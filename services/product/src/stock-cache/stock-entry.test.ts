import { expect, test } from '@jest/globals';
import { readEntry, writeEntry } from './stock-entry.js';

test.each([null, { available: 0, version: 1, asOf: 0 }, { available: 5, version: 2 ** 53 - 1, asOf: 1767323045678 }])(
  '%p is read as it was written',
  (level) => expect(readEntry(writeEntry(level))).toEqual(level),
);

test.each([null, undefined, '', '1', '1 2', '1 2 x', ' 1 2 3', '1 2 3 4', '-1 2 3', '{}', '9999999999999999 2 3'])(
  '%p is no entry of ours',
  (text) => expect(readEntry(text)).toBeUndefined(),
);
