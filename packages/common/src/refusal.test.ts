import { expect, test } from '@jest/globals';
import { refusalOf } from './refusal.js';

test.each([
  ['28P01', 'login'],
  ['28000', 'login'],
  ['3D000', 'database'],
  ['42501', 'rights'],
  ['53300', 'too-many'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['ECONNREFUSED', undefined],
  ['57P03', undefined],
])('%s is refused for %s', (code, why) => {
  expect(refusalOf(Object.assign(new Error('no'), { code }))).toBe(why);
});

test('what has no code is no refusal', () => {
  expect([refusalOf(new Error('no')), refusalOf('28P01'), refusalOf(null)]).toEqual([undefined, undefined, undefined]);
});
