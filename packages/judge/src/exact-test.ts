// looked up once: tests and simulations call these millions of times
const { exp, log, max, min } = Math;
const { isSafeInteger, EPSILON } = Number;

/** Of so many trials so many failed: orders that ended and those of them that failed, requests and 5xx, and so on. */
export interface Sample {
  readonly trials: number;
  /** 0 … trials */
  readonly failures: number;
}

/**
 * How likely it is that the canary fails at least this often by chance alone, if both revisions were equally good: the
 * one-sided p-value of Fisher's exact test (R. A. Fisher, The Design of Experiments, 1935). Exact for small samples,
 * where a difference of rates says nothing. 1 where a side has no trials.
 *
 * Takes time in the order of the number of failures.
 * @returns 0 < p ≤ 1, or 0 where it is too small for a number
 * @throws RangeError for counts that are not whole, are negative, or where failures exceed trials
 */
export function pValue(canary: Sample, stable: Sample): number {
  checkSample('canary', canary);
  checkSample('stable', stable);
  const trials = canary.trials + stable.trials;
  const failures = canary.failures + stable.failures;
  const least = max(0, failures - stable.trials);
  const most = min(canary.trials, failures);
  if (canary.failures <= least) return 1;

  // Summed from the observed count away from the mean, where the terms only fall: nothing is lost by subtraction where
  // the value is small, which is where it decides.
  const mean = (canary.trials * failures) / trials;
  const chance = (count: number): number =>
    exp(lnChoose(canary.trials, count) + lnChoose(stable.trials, failures - count) - lnChoose(trials, failures));
  const spare = stable.trials - failures;
  if (canary.failures > mean) {
    let term = chance(canary.failures);
    let sum = term;
    for (let count = canary.failures; count < most && term > sum * EPSILON; count += 1) {
      term *= ((canary.trials - count) * (failures - count)) / ((count + 1) * (spare + count + 1));
      sum += term;
    }
    return min(1, sum);
  }
  let term = chance(canary.failures - 1);
  let below = term;
  for (let count = canary.failures - 1; count > least && term > below * EPSILON; count -= 1) {
    term *= (count * (spare + count)) / ((canary.trials - count + 1) * (failures - count + 1));
    below += term;
  }
  return min(1, max(0, 1 - below));
}

function checkSample(side: string, { trials, failures }: Sample): void {
  if (!isSafeInteger(trials) || !isSafeInteger(failures) || failures < 0 || failures > trials) {
    throw new RangeError(`${side}: ${failures} failures of ${trials} trials are no counts`);
  }
}

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}

const HALF_LN_TWO_PI = 0.5 * log(2 * Math.PI);
/** From here Stirling's series with three terms is right to the last digit. */
const SERIES_FROM = 32;
const SMALL_FACTORIALS: readonly number[] = Array.from({ length: SERIES_FROM }, (_, n) => {
  let product = 1;
  for (let factor = 2; factor <= n; factor += 1) product *= factor;
  return log(product);
});

function lnFactorial(n: number): number {
  const small = SMALL_FACTORIALS[n];
  if (small !== undefined) return small;
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square / 1260));
  return (n + 0.5) * log(n) - n + HALF_LN_TWO_PI + series;
}
