import type { Screen } from '@outrider/scripts/cli/screen';
import type { OrdersRound } from '../orders-round.js';
import { median } from '../statistics.js';
import { CARRIERS } from './carriers.js';
import type { SteadyBenchResult } from './steady-bench.js';

/** Medians of the rounds, for each rate and carrier. */
export function showSteadyBench(screen: Screen, { machine, rates }: SteadyBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  screen.heading('Orders at a steady rate');
  const medianOf = (rounds: readonly OrdersRound[], of: (round: OrdersRound) => number): number =>
    median(rounds.map(of));
  screen.rows(
    [
      ['orders/s', '', 'p50 ms', 'p99 ms', 'whole machine, ms', 'its processes, ms'],
      ...rates.flatMap(({ perSecond, rounds }) =>
        CARRIERS.map((carrier) => [
          String(perSecond),
          carrier,
          medianOf(rounds[carrier], ({ p50Ms }) => p50Ms).toFixed(0),
          medianOf(rounds[carrier], ({ p99Ms }) => p99Ms).toFixed(0),
          medianOf(rounds[carrier], ({ machineMs }) => machineMs ?? Number.NaN).toFixed(1),
          medianOf(rounds[carrier], ({ nodeMs }) => Object.values(nodeMs).reduce((sum, ms) => sum + ms, 0)).toFixed(1),
        ]),
      ),
    ],
    [0, 2, 3, 4, 5],
  );
}
