import { expect, test } from '@jest/globals';
import { parseBehaviour } from './behaviour.js';

test('an empty text is a provider that approves everything', () => {
  expect(parseBehaviour('')).toEqual({
    declines: 0,
    actions: 0,
    timeouts: 0,
    duplicates: 0,
    forged: 0,
    pending: 0,
    returned: 0,
    dashboard: 0,
  });
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
