import { median } from '../statistics.js';
import type { GrowthRound } from './grown-installation.js';

const SMALL = 10_000;
const LARGE = 1_000_000;
/** What is asked of `costAt1e6To1e4`; at most as much. */
export const MOST_COST = 1.1;

/** CPU of an order with many stored ones to that with few: medians of the rounds of one run. */
export interface GrowthRatios {
  /** a million to ten thousand; absent unless both were measured */
  readonly costAt1e6To1e4?: number;
  /** the largest size to the smallest, whatever they are */
  readonly costLargestToSmallest?: number;
  /** the same while nothing was cleared away */
  readonly costLargestToSmallestPinned?: number;
}

type Carried = Pick<GrowthRound, 'orders' | 'postgresMs'>;

/** CPU of an order, in ms: of all processes and of the backends of all databases. */
export function orderCpuMs({ orders, postgresMs }: Carried): number {
  return Object.values(orders.nodeMs).reduce((sum, ms) => sum + ms, postgresMs);
}

export function growthRatios(
  sizes: readonly { readonly size: number; readonly rounds: readonly Carried[]; readonly pinned: readonly Carried[] }[],
): GrowthRatios {
  const sorted = sizes.toSorted((one, other) => one.size - other.size);
  const [smallest, largest] = [sorted.at(0), sorted.at(-1)];
  if (smallest === undefined || largest === undefined || smallest === largest) return {};
  const ratio = (part: 'rounds' | 'pinned', large = largest, small = smallest): number | undefined => {
    const value = median(large[part].map(orderCpuMs)) / median(small[part].map(orderCpuMs));
    return Number.isFinite(value) ? value : undefined;
  };
  const [million, tenThousand] = [LARGE, SMALL].map((size) => sorted.find((one) => one.size === size));
  const named = million && tenThousand && ratio('rounds', million, tenThousand);
  const [plain, pinned] = [ratio('rounds'), ratio('pinned')];
  return {
    ...(named !== undefined && { costAt1e6To1e4: named }),
    ...(plain !== undefined && { costLargestToSmallest: plain }),
    ...(pinned !== undefined && { costLargestToSmallestPinned: pinned }),
  };
}
