import { median } from '../statistics.js';

/** What an OTLP endpoint does with spans. */
export type Answer = 'takes' | 'refuses' | 'breaks off' | 'hangs';

/** How something is watched while it works. The first is the one that others are compared with. */
export const VARIANTS = [
  { name: 'unwatched', scraped: false, sampled: 0, endpoint: 'takes' },
  { name: 'scraped each 5 s', scraped: true, sampled: 0, endpoint: 'takes' },
  { name: 'traces, 10 %', scraped: false, sampled: 0.1, endpoint: 'takes' },
  { name: 'traces, 100 %', scraped: false, sampled: 1, endpoint: 'takes' },
  { name: 'traces, 10 %, endpoint answers 401', scraped: false, sampled: 0.1, endpoint: 'refuses' },
  { name: 'traces, 10 %, endpoint is down', scraped: false, sampled: 0.1, endpoint: 'breaks off' },
  { name: 'traces, 10 %, endpoint does not answer', scraped: false, sampled: 0.1, endpoint: 'hangs' },
] as const satisfies readonly {
  readonly name: string;
  readonly scraped: boolean;
  readonly sampled: number;
  readonly endpoint: Answer;
}[];
export type Variant = (typeof VARIANTS)[number];

/** What one round did. CPU in microseconds for each order or event. */
export interface WatchedRound {
  readonly perSecond: number;
  /** of the processes that are watched */
  readonly processMicros: number;
  /** of their databases' backends; undefined where they cannot be seen */
  readonly postgresMicros: number | undefined;
}

export interface WatchedVariant {
  readonly variant: string;
  readonly rounds: readonly WatchedRound[];
  /** medians over rounds of what it was against the unwatched one of the same round */
  readonly rateRatio: number;
  readonly cpuRatio: number;
}

/** Runs all variants round by round; who begins changes, so that what grows or disturbs is shared out. */
export async function takeTurns(
  rounds: number,
  run: (variant: Variant, round: number) => Promise<WatchedRound>,
): Promise<readonly WatchedVariant[]> {
  const of = new Map<Variant, WatchedRound[]>(VARIANTS.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % VARIANTS.length;
    for (const variant of [...VARIANTS.slice(first), ...VARIANTS.slice(0, first)]) {
      of.get(variant)?.push(await run(variant, round));
    }
  }
  const unwatched = of.get(VARIANTS[0]) ?? [];
  return VARIANTS.map((variant): WatchedVariant => {
    const all = of.get(variant) ?? [];
    const ratio = (value: (round: WatchedRound) => number): number =>
      median(all.flatMap((round, at) => (unwatched[at] === undefined ? [] : [value(round) / value(unwatched[at])])));
    return {
      variant: variant.name,
      rounds: all,
      rateRatio: ratio(({ perSecond }) => perSecond),
      cpuRatio: ratio(({ processMicros, postgresMicros = 0 }) => processMicros + postgresMicros),
    };
  });
}
