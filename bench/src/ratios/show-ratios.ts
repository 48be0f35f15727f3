import type { Screen } from '@outrider/scripts/cli/screen';
import type { OrdersRound } from '../orders-round.js';
import type { ReadsRound } from '../reads/product-reads.js';
import { median } from '../statistics.js';
import type { RatiosBenchResult } from './ratios-bench.js';
import { ASKED, type Ratio } from './ratios.js';

/** Each ratio beside what is asked of it. */
export function showRatios(screen: Screen, { machine, ratios, measured }: RatiosBenchResult): void {
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
  if (measured.reads !== undefined) showReaders(screen, Object.entries(measured.reads));
  if (measured.byHand !== undefined) showCarriers(screen, Object.entries(measured.byHand));
}

/** Reads a second and CPU of the server's process in µs a read, medians of the rounds. */
function showReaders(screen: Screen, readers: readonly (readonly [string, readonly ReadsRound[]])[]): void {
  screen.heading('Reads of products');
  screen.rows(
    [
      ['', 'reads/s', 'its process, µs'],
      ...readers.map(([name, rounds]) => [
        name,
        median(rounds.map(({ readsPerSecond }) => readsPerSecond)).toFixed(0),
        median(rounds.map(({ processMicros }) => processMicros)).toFixed(0),
      ]),
    ],
    [1, 2],
  );
}

/** Orders a second and CPU in ms an order, medians of the rounds. */
function showCarriers(screen: Screen, carriers: readonly (readonly [string, readonly OrdersRound[]])[]): void {
  screen.heading('Orders by carrier');
  const sumOf = (parts: OrdersRound['nodeMs']): number => Object.values(parts).reduce((sum, ms) => sum + ms, 0);
  screen.rows(
    [
      ['', 'orders/s', 'whole machine, ms', 'its processes, ms'],
      ...carriers.map(([name, rounds]) => [
        name,
        median(rounds.map(({ ordersPerSecond }) => ordersPerSecond)).toFixed(0),
        median(rounds.map(({ machineMs }) => machineMs ?? Number.NaN)).toFixed(1),
        median(rounds.map(({ nodeMs }) => sumOf(nodeMs))).toFixed(1),
      ]),
    ],
    [1, 2, 3],
  );
}
