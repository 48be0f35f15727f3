import { expect, it } from '@jest/globals';
import { Customers, subjectOf } from './customers.js';

it('gives every customer a subject that a token may carry', () => {
  expect(subjectOf('0001')).toBe('customer-0001');
  for (const name of ['Zoë Ångström', '客'.repeat(100), 'a b\u2028c']) {
    expect(subjectOf(name)).toMatch(/^[\x21-\x7e]{1,200}$/);
    expect(subjectOf(name)).toBe(subjectOf(name));
  }
  expect(subjectOf('a b')).not.toBe(subjectOf('a%20b'));
});

it('signs one token for each customer', async () => {
  let signed = 0;
  const customers = new Customers({ token: async ({ sub }) => `${sub}#${++signed}` });
  expect(await Promise.all([customers.token('a'), customers.token('a'), customers.token('b')])).toEqual([
    'customer-a#1',
    'customer-a#1',
    'customer-b#2',
  ]);
});
