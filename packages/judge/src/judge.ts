import { pValue, type Sample } from './exact-test.js';
import { measure, MEASURES, type Counts, type Measure } from './measures.js';
import { checkRules, type Rules } from './rules.js';

export type Verdict = 'pass' | 'fail' | 'hold';

/** Why; one word each, for conditions and events. */
export type JudgementReason =
  | 'BooksDiffer'
  | 'CrashLoop'
  | 'OutOfMemory'
  | 'TooManyServerErrors'
  | 'WorseThanStable'
  | 'CanaryUnknown'
  | 'StableUnknown'
  | 'TooFewSamples'
  | 'InDoubt'
  | 'NotWorse';

/** What was seen since the step began. */
export interface Evidence {
  /** undefined while it cannot be read whole: a pod of it did not answer, or none is there yet */
  readonly canary: Counts | undefined;
  readonly stable: Counts | undefined;
  /** of the canary's pods, from their status: known also where they do not answer */
  readonly restarts: number;
  readonly outOfMemoryKills: number;
  /** differences that the reconciler found, beyond those that were there before; undefined where it was not asked */
  readonly booksDifferences: number | undefined;
}

/** One measure of both sides. */
export interface Finding {
  readonly measure: Measure;
  readonly canary: Sample;
  readonly stable: Sample;
  /** how likely chance alone gives a canary that is at least as bad */
  readonly pValue: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: JudgementReason;
  /** a sentence, with the numbers that decided */
  readonly message: string;
  /** every measure that was taken of the canary, also those that did not decide */
  readonly findings: readonly Finding[];
}

/**
 * Judges a canary against the stable revision. It fails by a hard limit, or when a measure is worse than chance allows;
 * it passes when everything required was counted often enough and no measure is in doubt; otherwise more must be
 * counted. What is not known never passes.
 * @throws RangeError for rules that cannot be, or counts that are none
 */
export function judge(evidence: Evidence, rules: Rules): Judgement {
  checkRules(rules);
  const { canary, stable } = evidence;
  const findings = canary === undefined || stable === undefined ? [] : compare(canary, stable);
  const judged = (verdict: Verdict, reason: JudgementReason, message: string): Judgement => ({
    verdict,
    reason,
    message,
    findings,
  });

  const broken = brokenLimit(evidence, rules);
  if (broken !== undefined) return judged('fail', broken.reason, broken.message);
  if (canary === undefined) return judged('hold', 'CanaryUnknown', 'What the canary does cannot be read.');
  if (stable === undefined) {
    return judged('hold', 'StableUnknown', 'There is nothing to compare with: the stable revision cannot be read.');
  }

  const worst = findings.toSorted((one, other) => one.pValue - other.pValue)[0];
  if (worst !== undefined && worst.pValue < rules.level) {
    return judged('fail', 'WorseThanStable', `${sentence(worst)}, worse than chance allows.`);
  }
  for (const name of rules.required) {
    const few = shortSide(measure(name, canary), measure(name, stable), rules.minimum);
    if (few !== undefined)
      return judged('hold', 'TooFewSamples', `${few.side}: ${few.trials} of ${rules.minimum} ${name}.`);
  }
  if (worst !== undefined && worst.pValue < rules.doubt) {
    return judged('hold', 'InDoubt', `${sentence(worst)}: neither chance nor fault is certain yet.`);
  }
  const counted = rules.required.map((name) => `${measure(name, canary).trials} ${name}`).join(', ');
  return judged('pass', 'NotWorse', `Not worse than the stable revision after ${counted}.`);
}

function compare(canary: Counts, stable: Counts): Finding[] {
  return MEASURES.map((name) => {
    const [ofCanary, ofStable] = [measure(name, canary), measure(name, stable)];
    return { measure: name, canary: ofCanary, stable: ofStable, pValue: pValue(ofCanary, ofStable) };
  }).filter((finding) => finding.canary.trials > 0);
}

function brokenLimit(
  { canary, restarts, outOfMemoryKills, booksDifferences }: Evidence,
  { limits, minimum }: Rules,
): { readonly reason: JudgementReason; readonly message: string } | undefined {
  if (booksDifferences !== undefined && booksDifferences > 0) {
    return { reason: 'BooksDiffer', message: `${booksDifferences} new differences between the books.` };
  }
  if (outOfMemoryKills > limits.outOfMemoryKills) {
    return { reason: 'OutOfMemory', message: `${outOfMemoryKills} of the canary’s containers were out of memory.` };
  }
  if (restarts > limits.restarts) {
    return { reason: 'CrashLoop', message: `The canary’s containers were restarted ${restarts} times.` };
  }
  if (canary === undefined) return undefined;
  const { trials, failures } = measure('requests', canary);
  if (trials >= minimum && failures > trials * limits.serverErrorShare) {
    const message = `${failures} of the canary’s ${trials} requests were answered with 5xx.`;
    return { reason: 'TooManyServerErrors', message };
  }
  return undefined;
}

function shortSide(canary: Sample, stable: Sample, minimum: number) {
  if (canary.trials < minimum) return { side: 'Canary', trials: canary.trials };
  if (stable.trials < minimum) return { side: 'Stable', trials: stable.trials };
  return undefined;
}

function sentence({ measure: name, canary, stable, pValue: p }: Finding): string {
  const share = ({ trials, failures }: Sample): string => `${failures} of ${trials}`;
  const what = name === 'orders in time' ? ['orders', 'were late'] : [name, 'failed'];
  return `${share(canary)} ${what[0]} of the canary ${what[1]} and ${share(stable)} of the stable revision (p = ${p.toPrecision(2)})`;
}
