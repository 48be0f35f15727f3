import { expect, test } from '@jest/globals';
import { GOOD_BEHAVIOUR, parseBehaviour } from './behaviour.js';

test('an empty text is a provider that approves everything', () => {
  expect(parseBehaviour('')).toEqual(GOOD_BEHAVIOUR);
  expect(Object.values(GOOD_BEHAVIOUR).every((percent) => percent === 0)).toBe(true);
});

test('reads per cents by name', () => {
  expect(parseBehaviour(' declines = 10 ')).toMatchObject({ declines: 10 });
  expect(parseBehaviour('declines=100')).toMatchObject({ declines: 100 });
  expect(
    parseBehaviour('declines=10,timeouts=5,duplicates=4,forged=2,actions=20,pending=1,returned=3,dashboard=6'),
  ).toEqual({
    declines: 10,
    actions: 20,
    timeouts: 5,
    duplicates: 4,
    forged: 2,
    pending: 1,
    returned: 3,
    dashboard: 6,
  });
});

test('refuses a name that does not exist and says which do', () => {
  expect(() => parseBehaviour('declines=1,teleports=5')).toThrow(/'teleports' is not known.*There are: declines/u);
});

test.each([
  'declines',
  'declines=',
  'declines=101',
  'declines=-1',
  'declines=1.5',
  'declines=1=2',
  'declines=1,declines=2',
])('refuses %s', (text) => {
  expect(() => parseBehaviour(text)).toThrow(expect.objectContaining({ code: 'BEHAVIOUR_INVALID' }));
});
