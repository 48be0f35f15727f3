import { RELAY } from '../contenders.js';
import { drains, type Drain } from '../drains.js';
import type { Spread } from '../events.js';
import type { BenchRoom } from '../room.js';

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
  room: BenchRoom,
  options: { readonly events: number; readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const { events } = options;
  return measureShapes(
    room,
    SPREADS.map((spread) => ({ name: spread, events, spread })),
    options,
  );
}

/** The relay alone, by the size of its backlog. */
export function measureBacklogs(
  room: BenchRoom,
  options: { readonly backlogs: readonly number[]; readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const shapes = options.backlogs.map(
    (events) => ({ name: events.toLocaleString('en-GB'), events, spread: 'spread' }) as const,
  );
  return measureShapes(room, shapes, options);
}

async function measureShapes(
  room: BenchRoom,
  shapes: readonly Shape[],
  { rounds, told }: { readonly rounds: number; readonly told: (text: string) => void },
): Promise<ShapeResult[]> {
  const results = shapes.map(({ name }) => ({ shape: name, rounds: [] as Drain[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, { name, events, spread }] of shapes.entries()) {
      told(`round ${round} of ${rounds}: ${name}`);
      results[index]?.rounds.push(
        ...(await drains(room, { spec: RELAY, backlogs: [events], warmUp: WARM_UP, spread })),
      );
    }
  }
  return results;
}

const PINNED_ROUNDS = 5;

/** The relay alone, round after round in one database, with and without a session that pins xmin. */
export async function measurePinned(
  room: BenchRoom,
  { events, told }: { readonly events: number; readonly told: (text: string) => void },
): Promise<{ readonly free: readonly Drain[]; readonly pinned: readonly Drain[] }> {
  const backlogs = Array.from({ length: PINNED_ROUNDS }, () => events);
  told('rounds without a pin');
  const free = await drains(room, { spec: RELAY, backlogs, warmUp: WARM_UP });
  told('rounds with xmin pinned');
  const pinned = await drains(room, { spec: RELAY, backlogs, warmUp: WARM_UP, pinned: true });
  return { free, pinned };
}
