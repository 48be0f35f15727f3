import { count, type Screen } from '@outrider/scripts/cli/screen';
import type { StressResult } from './stress.js';

const SHOWN = 10;

export function showStress(screen: Screen, result: StressResult): void {
  const { seed, seconds, transactions, rolledBack, slow, kills, pauses, committed, delivered, duplicates } = result;
  const { lost, invented, outOfOrder, unexplained, vanished, passed } = result;
  screen.heading(`Stress of ${seconds} s, seed ${seed}`);
  screen.rows(
    [
      ['transactions', count(transactions), `${count(rolledBack)} rolled back, ${count(slow)} slow`],
      ['workers disturbed', count(kills + pauses), `${count(kills)} killed, ${count(pauses)} stopped past their lease`],
      ['events committed', count(committed)],
      ['deliveries', count(delivered)],
      [
        'duplicates',
        count(duplicates.kill + duplicates.pause),
        `${count(duplicates.kill)} by a kill, ${count(duplicates.pause)} by a pause`,
      ],
      ['lost', count(lost.length)],
      ['out of order', count(outOfOrder.length)],
      ['never committed', count(invented.length)],
      ['committed, not in the log', count(vanished)],
      ['duplicates unexplained', count(unexplained.length)],
    ],
    [1],
  );
  for (const [what, events] of Object.entries({ lost, outOfOrder, invented, unexplained })) {
    for (const event of events.slice(0, SHOWN)) screen.item(`${what}: ${event}`);
  }
  screen.line(passed ? 'Passed.' : 'Failed.');
}
