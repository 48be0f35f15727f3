import { RELAY, RELAY_FROM_FLOOR } from '../subjects.js';
import { drains, type Drain } from '../drains.js';
import type { Spread } from '../events.js';
import type { BenchEnvironment } from '../bench-environment.js';

const WARM_UP = 20_000;
const SPREADS: readonly Spread[] = ['spread', 'hot shard', 'hot key'];

export interface ShapeResult {
  readonly shape: string;
  readonly rounds: readonly Drain[];
}

interface Shape {
  readonly name: string;
  readonly events: number;
  readonly spread: Spread;
}

/** The relay alone, by how the keys lie. */
export function measureHot(
  environment: BenchEnvironment,
  options: { readonly events: number; readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const { events } = options;
  return measureShapes(
    environment,
    SPREADS.map((spread) => ({ name: spread, events, spread })),
    options,
  );
}

/** The relay alone, by the size of its backlog. */
export function measureBacklogs(
  environment: BenchEnvironment,
  options: { readonly backlogs: readonly number[]; readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const shapes = options.backlogs.map(
    (events) => ({ name: events.toLocaleString('en-GB'), events, spread: 'spread' }) as const,
  );
  return measureShapes(environment, shapes, options);
}

async function measureShapes(
  environment: BenchEnvironment,
  shapes: readonly Shape[],
  { rounds, told }: { readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const results = shapes.map(({ name }) => ({ shape: name, rounds: [] as Drain[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, { name, events, spread }] of shapes.entries()) {
      told(`round ${round} of ${rounds}: ${name}`);
      results[index]?.rounds.push(
        ...(await drains(environment, { spec: RELAY, backlogs: [events], warmUp: WARM_UP, spread })),
      );
    }
  }
  return results;
}

const PINNED_ROUNDS = 5;

export interface PinnedResult {
  readonly case: string;
  readonly drains: readonly Drain[];
}

/** The relay alone, round after round in one database: without and with a session that pins xmin, and with the floor. */
export async function measurePinned(
  environment: BenchEnvironment,
  { events, told }: { readonly events: number; readonly told: (text: string) => void },
): Promise<PinnedResult[]> {
  const backlogs = Array.from({ length: PINNED_ROUNDS }, () => events);
  const results: PinnedResult[] = [];
  for (const [name, spec, pinned] of [
    ['xmin free', RELAY, false],
    ['xmin pinned', RELAY, true],
    ['xmin pinned, safe floor', RELAY_FROM_FLOOR, true],
  ] as const) {
    told(`rounds in one database: ${name}`);
    results.push({ case: name, drains: await drains(environment, { spec, backlogs, warmUp: WARM_UP, pinned }) });
  }
  return results;
}
