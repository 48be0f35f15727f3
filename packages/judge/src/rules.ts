import { MEASURES, type Measure } from './measures.js';

/** What fails a canary at once, whatever the stable revision does. */
export interface Limits {
  /** starts of its containers after the first; a crash loop passes it within minutes */
  readonly restarts: number;
  /** containers that the kernel ended for want of memory */
  readonly outOfMemoryKills: number;
  /** share of requests answered with 5xx, 0 … 1, once `minimum` of them were counted */
  readonly serverErrorShare: number;
}

/** How a canary is judged. */
export interface Rules {
  /**
   * A measure fails when chance alone would give a difference like it with less than this probability. It is looked at
   * again and again and each look may err: the tables of docs/judge.md say what comes of that.
   */
  readonly level: number;
  /** below this probability a canary that has not failed does not pass either: more is counted first */
  readonly doubt: number;
  /** what must have been counted before a canary can pass, on either side */
  readonly required: readonly Measure[];
  /** how often each of `required` must have been counted, on either side */
  readonly minimum: number;
  readonly limits: Limits;
}

export const DEFAULT_RULES: Rules = {
  level: 0.001,
  doubt: 0.05,
  required: ['orders'],
  minimum: 60,
  limits: { restarts: 2, outOfMemoryKills: 0, serverErrorShare: 0.5 },
};

/**
 * @throws RangeError that names each rule that cannot be one
 */
export function checkRules({ level, doubt, required, minimum, limits }: Rules): void {
  const wrong: string[] = [];
  const whole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
  if (!(level > 0 && level < 0.5)) wrong.push('level must be above 0 and below 0.5');
  if (!(doubt >= level && doubt < 1)) wrong.push('doubt must be at least level and below 1');
  if (required.length === 0) wrong.push('required must name at least one measure');
  for (const name of required) {
    if (!MEASURES.includes(name)) wrong.push(`required: "${name}" is none of ${MEASURES.join(', ')}`);
  }
  if (!whole(minimum, 1)) wrong.push('minimum must be a whole number of at least 1');
  if (!whole(limits.restarts, 0)) wrong.push('limits.restarts must be a whole number of at least 0');
  if (!whole(limits.outOfMemoryKills, 0)) wrong.push('limits.outOfMemoryKills must be a whole number of at least 0');
  if (!(limits.serverErrorShare > 0 && limits.serverErrorShare <= 1)) {
    wrong.push('limits.serverErrorShare must be above 0 and at most 1');
  }
  if (wrong.length > 0) throw new RangeError(wrong.join('; '));
}
