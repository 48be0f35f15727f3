import { count, type Screen } from '@outrider/scripts/cli/screen';
import { median } from '../statistics.js';
import type { GrowthBenchResult, GrownSize } from './growth-bench.js';
import { MOST_COST, orderCpuMs } from './growth-ratios.js';
import type { Cost, GrowthRound } from './grown-installation.js';
import { READS } from './reads.js';

type Part = 'rounds' | 'pinned';

/** Medians of the rounds, a column for each number of stored orders. */
export function showGrowthBench(screen: Screen, { machine, ratios, sizes }: GrowthBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  showPart(screen, 'Orders stored', sizes, 'rounds');
  showPart(screen, 'Orders stored, and a transaction in each database that pins xmin', sizes, 'pinned');
  screen.heading('One check of all books');
  screen.rows(
    [
      ['orders stored', 'ms', 'CPU ms'],
      ...sizes.map(({ stored, check }) => [count(stored), number(check.ms), number(check.cpuMs)]),
    ],
    [1, 2],
  );
  screen.heading('Ratios');
  screen.rows([
    ['costAt1e6To1e4', shown(ratios.costAt1e6To1e4), `at most ${MOST_COST}`],
    ['costLargestToSmallest', shown(ratios.costLargestToSmallest), ''],
    ['costLargestToSmallestPinned', shown(ratios.costLargestToSmallestPinned), ''],
  ]);
}

function showPart(screen: Screen, title: string, sizes: readonly GrownSize[], part: Part): void {
  const row = (name: string, value: (round: GrowthRound) => number): string[] => {
    const medians = sizes.map((size) => median(size[part].map(value)));
    return [name, ...medians.map(number), shown((medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN))];
  };
  const costs = (name: string, cost: (round: GrowthRound) => Cost): string[][] => [
    row(`${name}, ms`, (round) => cost(round).ms),
    row(`${name}, CPU ms`, (round) => cost(round).cpuMs),
  ];
  const parts = Object.keys(sizes[0]?.[part][0]?.orders.nodeMs ?? {});
  screen.heading(title);
  screen.rows(
    [
      ['', ...sizes.map(({ stored }) => count(stored)), 'last to first'],
      row('orders/s', ({ orders }) => orders.ordersPerSecond),
      row('an order, CPU ms', orderCpuMs),
      row('  of it PostgreSQL', ({ postgresMs }) => postgresMs),
      ...parts.map((name) => row(`  of it ${name}`, ({ orders }) => orders.nodeMs[name] ?? Number.NaN)),
      ...READS.flatMap((read) => costs(read, ({ reads }) => reads[read])),
      ...costs('a round of the reconciler', ({ reconciler }) => reconciler),
      row('autovacuum, times in a round', ({ autovacuums }) => autovacuums),
      row('autovacuum, ms in a round', ({ autovacuumMs }) => autovacuumMs),
    ],
    sizes.map((_, at) => at + 1).concat(sizes.length + 1),
  );
}

const number = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(Math.round(value));
const shown = (ratio: number | undefined): string =>
  ratio === undefined || !Number.isFinite(ratio) ? '–' : ratio.toFixed(2);
