import { median } from '../statistics.js';

/** How orders lie over products: each on another one, or all on the same. */
export const SHAPES = ['spread', 'hot'] as const;
export type Shape = (typeof SHAPES)[number];

export const SPREAD_PRODUCTS = 1_000;

/** Orders of one shape, carried through from the first request to the last answer. CPU per order. */
export interface Round {
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** of all inventory processes; undefined through the whole installation, where others use more */
  readonly inventoryMicros?: number;
  /** undefined where PostgreSQL's processes cannot be seen */
  readonly postgresMicros?: number | undefined;
}

/** Rounds of both shapes, which took turns: what disturbs the machine disturbs both. */
export interface HotResult {
  readonly through: string;
  readonly spread: readonly Round[];
  readonly hot: readonly Round[];
  /** hot to spread, the median over pairs of rounds; 0.7 is asked for */
  readonly ratio: number;
}

/** Runs the shapes in turns, and who begins changes, since tables grow from round to round. */
export async function inTurns(
  through: string,
  rounds: number,
  run: (shape: Shape, round: number) => Promise<Round>,
): Promise<HotResult> {
  const of: Record<Shape, Round[]> = { spread: [], hot: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const shape of round % 2 === 1 ? SHAPES : SHAPES.toReversed()) of[shape].push(await run(shape, round));
  }
  const ratios = of.hot.map(({ ordersPerSecond }, at) => ordersPerSecond / (of.spread[at]?.ordersPerSecond ?? 0));
  return { through, ...of, ratio: median(ratios) };
}
