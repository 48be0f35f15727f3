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

/** How much of the spread orders' rate the hot ones have: the median over pairs of rounds. */
export function hotResult(through: string, of: Readonly<Record<Shape, readonly Round[]>>): HotResult {
  const ratios = of.hot.map(({ ordersPerSecond }, at) => ordersPerSecond / (of.spread[at]?.ordersPerSecond ?? 0));
  return { through, ...of, ratio: median(ratios) };
}
