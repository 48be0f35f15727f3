import { count, type Screen } from '@outrider/scripts/cli/screen';
import { median } from '../statistics.js';
import { DRAINED } from './drains-by-protection.js';
import { PROTECTIONS } from './protection.js';
import type { SecurityBenchResult } from './security-bench.js';

const NONE = '–';

/** Medians of the rounds, as tables; what is asked for are ratios of 0.85 (orders) and 0.8 (drain). */
export function showSecurityBench(screen: Screen, { machine, orders, drain }: SecurityBenchResult): void {
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  if (orders !== undefined) {
    const parts = Object.keys(orders.plain[0]?.nodeMs ?? {});
    screen.heading('Orders, from the first POST to the last end; CPU in ms an order');
    screen.rows(
      [
        ['', 'orders/s', 'range', 'to plain', 'whole machine', ...parts],
        ...PROTECTIONS.map((protection) => {
          const rounds = orders[protection];
          return [
            protection,
            ...rates(rounds.map(({ ordersPerSecond }) => ordersPerSecond)),
            ratio(
              rounds.map(({ ordersPerSecond }) => ordersPerSecond),
              orders.plain.map(({ ordersPerSecond }) => ordersPerSecond),
            ),
            fine(rounds.map(({ machineMs }) => machineMs)),
            ...parts.map((part) => fine(rounds.map(({ nodeMs }) => nodeMs[part]))),
          ];
        }),
      ],
      [1, 2, 3, 4, ...parts.map((_, index) => index + 5)],
    );
  }
  if (drain !== undefined) {
    screen.heading(`Drain of ${count(drain.plain[0]?.events ?? 0)} events of 300 B; CPU in µs an event`);
    screen.rows(
      [
        ['', 'events/s', 'range', 'to plain', 'Node', 'PostgreSQL', 'Kafka'],
        ...DRAINED.map((kind) => {
          const rounds = drain[kind];
          return [
            kind,
            ...rates(rounds.map(({ eventsPerSecond }) => eventsPerSecond)),
            ratio(
              rounds.map(({ eventsPerSecond }) => eventsPerSecond),
              drain.plain.map(({ eventsPerSecond }) => eventsPerSecond),
            ),
            fine(rounds.map(({ nodeMicros }) => nodeMicros)),
            fine(rounds.map(({ postgresMicros }) => postgresMicros)),
            fine(rounds.map(({ brokerMicros }) => brokerMicros)),
          ];
        }),
      ],
      [1, 2, 3, 4, 5, 6],
    );
  }
}

function rates(values: readonly number[]): [string, string] {
  const whole = (value: number): string => count(Math.round(value));
  return [whole(median(values)), `${whole(Math.min(...values))}–${whole(Math.max(...values))}`];
}

/** The median over pairs of rounds. */
function ratio(values: readonly number[], plain: readonly number[]): string {
  return median(values.map((value, round) => value / (plain[round] ?? Number.NaN))).toFixed(2);
}

function fine(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? NONE : median(known).toFixed(1);
}
