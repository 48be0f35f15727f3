import { judge, type Evidence, type Verdict } from '../judge.js';
import { NO_COUNTS, type Counts } from '../measures.js';
import { DEFAULT_RULES } from '../rules.js';
import { Chance } from './chance.js';

/** A canary is looked at whenever so many more of its orders ended. */
const ORDERS_A_LOOK = 5;

interface Course {
  /** share of orders that fail on each side */
  readonly stable: number;
  readonly canary: number;
  /** orders of the stable revision for each of the canary */
  readonly stableToCanary: number;
  /** the canary’s orders after which nobody looks any more */
  readonly orders: number;
  /** what the canary is judged by in place of `judge` with the default rules */
  readonly decide?: (evidence: Evidence) => Verdict;
}

interface End {
  readonly verdict: Verdict;
  /** the canary’s orders at that look */
  readonly orders: number;
}

/** One roll-out after another, each looked at until it fails, or to the end of its orders. */
function ends(course: Course, courses: number, untilPass: boolean): End[] {
  const chance = new Chance(1);
  const decide = course.decide ?? ((evidence: Evidence) => judge(evidence, DEFAULT_RULES).verdict);
  return Array.from({ length: courses }, () => {
    const failed = { canary: 0, stable: 0 };
    for (let orders = 1; orders <= course.orders; orders += 1) {
      if (chance.is(course.canary)) failed.canary += 1;
      for (let n = 0; n < course.stableToCanary; n += 1) if (chance.is(course.stable)) failed.stable += 1;
      if (orders % ORDERS_A_LOOK !== 0) continue;
      const verdict = decide({
        canary: ofOrders(orders, failed.canary),
        stable: ofOrders(orders * course.stableToCanary, failed.stable),
        restarts: 0,
        outOfMemoryKills: 0,
        booksDifferences: 0,
      });
      if (verdict === 'fail' || (untilPass && verdict === 'pass')) return { verdict, orders };
    }
    return { verdict: 'hold', orders: course.orders };
  });
}

function ofOrders(ended: number, failed: number): Counts {
  return { ...NO_COUNTS, ordersEnded: { COMPLETED: ended - failed, FAILED: failed } };
}

const share = (all: readonly End[], chosen: (end: End) => boolean): number => all.filter(chosen).length / all.length;

/** The rule that is not used: fails what is more than two points above the stable revision after fifty orders. */
function twoPointsAbove({ canary, stable }: Evidence): Verdict {
  const rate = (counts: Counts | undefined): number => {
    const { COMPLETED = 0, FAILED = 0 } = counts?.ordersEnded ?? {};
    return FAILED / (COMPLETED + FAILED);
  };
  const { COMPLETED = 0, FAILED = 0 } = canary?.ordersEnded ?? {};
  return COMPLETED + FAILED >= 50 && rate(canary) > rate(stable) + 0.02 ? 'fail' : 'hold';
}

/** What the default rules do to good and to bad canaries, by simulation with a fixed seed. */
export function figures(courses = 2_000) {
  const wronglyFailed = [0.01, 0.05, 0.2].map((rate) => {
    const course = { stable: rate, canary: rate, stableToCanary: 2, orders: 300 };
    return {
      rate,
      judged: share(ends(course, courses, false), ({ verdict }) => verdict === 'fail'),
      twoPoints: share(
        ends({ ...course, decide: twoPointsAbove }, courses, false),
        ({ verdict }) => verdict === 'fail',
      ),
    };
  });
  const found = (
    [
      [0.05, 0.1],
      [0.05, 0.2],
      [0.05, 0.3],
      [0.05, 1],
      [0.2, 0.5],
    ] as const
  ).flatMap(([stable, canary]) =>
    [1, 2, 4].map((stableToCanary) => {
      const all = ends({ stable, canary, stableToCanary, orders: 300 }, courses, true);
      return {
        stable,
        canary,
        stableToCanary,
        within60: share(all, ({ verdict, orders }) => verdict === 'fail' && orders <= 60),
        within300: share(all, ({ verdict }) => verdict === 'fail'),
        passed: share(all, ({ verdict }) => verdict === 'pass'),
        median: all.map(({ orders }) => orders).toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0,
      };
    }),
  );
  return { wronglyFailed, found };
}

/** The figures as the tables of docs/judge.md. */
export function renderFigures({ wronglyFailed, found }: ReturnType<typeof figures>): string {
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  const whole = (part: number): string => `${Math.round(part * 100)} %`;
  return [
    '| orders that fail on both sides | good canaries failed by the judge | by “two points above stable after 50 orders” |',
    '|---|---|---|',
    ...wronglyFailed.map(
      ({ rate, judged, twoPoints }) => `| ${whole(rate)} | ${percent(judged)} | ${percent(twoPoints)} |`,
    ),
    '',
    '| stable fails | canary fails | stable’s orders for one of the canary’s | failed within 60 orders | within 300 | passed | decided after (median) |',
    '|---|---|---|---|---|---|---|',
    ...found.map(
      (row) =>
        `| ${whole(row.stable)} | ${whole(row.canary)} | ${row.stableToCanary} | ${percent(row.within60)} | ${percent(row.within300)} | ${percent(row.passed)} | ${row.median} orders |`,
    ),
    '',
  ].join('\n');
}
