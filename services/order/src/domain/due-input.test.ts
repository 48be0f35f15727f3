import { expect, test } from '@jest/globals';
import { dueInput } from './due-input.js';

const at = (second: number): Date => new Date(1_000 * second);
const NEVER = at(0);

test.each<[string, Date | null, Date | null, Date, ReturnType<typeof dueInput>]>([
  ['nothing has run out', at(11), at(12), at(10), undefined],
  ['a retry', null, at(10), NEVER, { type: 'RETRY' }],
  ['a retry before the deadline', at(11), at(10), at(10), { type: 'RETRY' }],
  ['a deadline, and all is handled', at(9), at(11), at(9), { type: 'DEADLINE' }],
  ['both, and all is handled', at(9), at(9), at(10), { type: 'DEADLINE' }],
  ['a deadline, and not all is handled', at(9), at(11), at(8), undefined],
  ['both, and not all is handled', at(9), at(9), at(8), { type: 'RETRY' }],
])('F21 %s', (_what, deadlineAt, retryAt, handledUntil, expected) => {
  expect(dueInput({ deadlineAt, retryAt }, at(10), handledUntil)).toEqual(expected);
});
