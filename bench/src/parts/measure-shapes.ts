import { RELAY, RELAY_FROM_FLOOR } from '../contenders.js';
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

export interface PinnedResult {
  readonly case: string;
  readonly drains: readonly Drain[];
}

/** The relay alone, round after round in one database: without and with a session that pins xmin, and with the floor. */
export async function measurePinned(
  room: BenchRoom,
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
    results.push({ case: name, drains: await drains(room, { spec, backlogs, warmUp: WARM_UP, pinned }) });
  }
  return results;
}
