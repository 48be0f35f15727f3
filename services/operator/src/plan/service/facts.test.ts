import { expect, test } from '@jest/globals';
import type { RevisionData } from '../revision.js';
import { fits, type Facts } from './facts.js';

const data = (image: string, migrates: string): RevisionData => ({
  template: { spec: { containers: [{ name: 'order', image }] } },
  migration: {
    template: { spec: { containers: [{ name: 'order', image: migrates }] } },
    deadline: '1h',
    backoffLimit: 3,
  },
});
const known = (number: number, of: RevisionData) => ({ number, data: of, kept: true });
const revisions: Facts['revisions'] = new Map([
  ['older', known(1, data('one', 'one'))],
  ['same', known(2, data('one', 'two'))],
  ['contracted', known(3, data('two', 'two'))],
  ['newer', known(4, data('three', 'three'))],
]);
const contract = { revision: 'contracted', state: 'Completed', attempt: 1, message: '' } as const;

test.each([
  ['older', false],
  ['same', true],
  ['contracted', true],
  ['newer', true],
])('since a contract migration, a revision that is %s fits: %s', (revision, expected) => {
  expect(fits({ revisions } as Facts, { contract }, revision)).toBe(expected);
});
