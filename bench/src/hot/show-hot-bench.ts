import { count, type Screen } from '@outrider/scripts/cli/screen';
import { median } from '../statistics.js';
import type { HotBenchResult } from './hot-bench.js';
import { SHAPES, SPREAD_PRODUCTS, type Round } from './shapes.js';

const NONE = '–';

/** Medians of the rounds, as a table. */
export function showHotBench(screen: Screen, { machine, results }: HotBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  screen.heading(`Orders for one product against orders over ${count(SPREAD_PRODUCTS)}`);
  screen.rows(
    [
      ['through', 'products', 'orders/s', 'range', 'hot to spread', 'inventory µs', 'PostgreSQL µs'],
      ...results.flatMap((result) =>
        SHAPES.map((shape) => [
          result.through,
          shape,
          ...rates(result[shape]),
          shape === 'hot' ? result.ratio.toFixed(2) : '',
          micros(result[shape].map(({ inventoryMicros }) => inventoryMicros)),
          micros(result[shape].map(({ postgresMicros }) => postgresMicros)),
        ]),
      ),
    ],
    [2, 3, 4, 5, 6],
  );
}

function rates(rounds: readonly Round[]): [string, string] {
  const rate = rounds.map(({ ordersPerSecond }) => ordersPerSecond);
  return [whole(median(rate)), `${whole(Math.min(...rate))}–${whole(Math.max(...rate))}`];
}

function micros(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? NONE : whole(median(known));
}

function whole(value: number): string {
  return count(Math.round(value));
}
