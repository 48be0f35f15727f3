import { count, type Screen } from '@outrider/scripts/cli/screen';
import { median } from '../statistics.js';
import type { WatchedVariant } from './variants.js';
import type { WatchedBenchResult } from './watched-bench.js';

const NONE = '–';

/** Medians of the rounds, as a table. */
export function showWatchedBench(screen: Screen, { machine, drain, orders }: WatchedBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  if (drain !== undefined) showVariants(screen, 'Drain by an outbox-worker', 'events/s', drain);
  if (orders !== undefined) showVariants(screen, 'Orders through an installation', 'orders/s', orders);
}

function showVariants(screen: Screen, title: string, rate: string, variants: readonly WatchedVariant[]): void {
  screen.heading(title);
  screen.rows(
    [
      ['', rate, 'range', 'to unwatched', 'process µs', 'PostgreSQL µs', 'CPU to unwatched'],
      ...variants.map(({ variant, rounds, rateRatio, cpuRatio }) => {
        const rates = rounds.map(({ perSecond }) => perSecond);
        const postgres = rounds.flatMap(({ postgresMicros }) => postgresMicros ?? []);
        return [
          variant,
          whole(median(rates)),
          `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
          rateRatio.toFixed(3),
          micros(median(rounds.map(({ processMicros }) => processMicros))),
          postgres.length === 0 ? NONE : micros(median(postgres)),
          cpuRatio.toFixed(3),
        ];
      }),
    ],
    [1, 2, 3, 4, 5, 6],
  );
}

const whole = (value: number): string => count(Math.round(value));
const micros = (value: number): string => (value < 100 ? value.toFixed(1) : whole(value));
