import { count, money, type Screen } from '../cli/screen.js';
import type { Balance } from './balance.js';
import { holds, type Check } from './check.js';

/** Shows what was expected beside what was seen, and the verdict. */
export function showBalance(screen: Screen, { balanced, checks }: Balance): void {
  screen.heading('Books');
  screen.rows(
    [
      ['', '', 'by', 'expected', 'seen', ''],
      ...checks.map((check) => [
        check.part,
        check.what,
        check.by,
        amount(check, check.expected),
        amount(check, check.seen),
        holds(check) ? 'ok' : 'DIFFERS',
      ]),
    ],
    [3, 4],
  );
  for (const check of checks) {
    if (!holds(check) && check.examples !== undefined) screen.item(`${check.what}: ${check.examples.join(', ')} …`);
  }
  const wrong = checks.filter((check) => !holds(check)).length;
  screen.item(
    balanced ? 'The books balance.' : `The books do not balance: ${count(wrong)} of ${checks.length} differ.`,
  );
}

function amount(check: Check, value: number): string {
  return check.money === true ? money(value) : count(value);
}
