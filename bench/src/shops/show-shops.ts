import type { Screen } from '@outrider/scripts/cli/screen';
import type { ShopsBenchResult } from './shops-bench.js';

export function showShops(screen: Screen, { machine, ratios, measured }: ShopsBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  for (const { shop, buying, lastSold } of measured.shops) {
    screen.heading(shop);
    screen.rows(
      [
        ['customers', 'orders/s', 'p50 ms', 'p99 ms', 'CPU ms', 'machine ms', 'MiB', 'WAL kB', 'failed'],
        ...buying.map((round) => [
          String(round.customers),
          round.ordersPerSecond.toFixed(1),
          round.p50Ms.toFixed(0),
          round.p99Ms.toFixed(0),
          round.processMs.toFixed(1),
          round.machineMs?.toFixed(1) ?? '',
          round.residentMiB.toFixed(0),
          (round.walBytes / 1_000).toFixed(0),
          String(Object.values(round.failures).reduce((sum, count) => sum + count, 0)),
        ]),
      ],
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
    screen.item(`of the last 10 pieces ${lastSold} were sold to 50 customers at once`);
  }
  screen.heading('Ratios of this run');
  for (const [name, value] of Object.entries(ratios)) screen.item(`${name}: ${value.toFixed(1)}`);
}
