import type { Screen } from '@outrider/scripts/cli/screen';
import type { RatiosBenchResult } from './ratios-bench.js';
import { ASKED, type Ratio } from './ratios.js';

/** Each ratio beside what is asked of it. */
export function showRatios(screen: Screen, { machine, ratios }: RatiosBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  screen.heading('Ratios of this run');
  screen.rows(
    [
      ['', 'measured', 'asked for'],
      ...(Object.entries(ASKED) as [Ratio, number][]).map(([name, asked]) => [
        name,
        ratios[name]?.toFixed(2) ?? 'not measured',
        String(asked),
      ]),
    ],
    [1, 2],
  );
}
