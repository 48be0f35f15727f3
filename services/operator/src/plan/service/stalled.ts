import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { milliseconds, since } from '../duration.js';
import { problemOf } from '../pod-problem.js';
import { frozen, stepOf, type Facts } from './facts.js';

/** A reason, in one word, and what is behind it, as a sentence. */
export interface Why {
  readonly reason: string;
  readonly message: string;
}

/** Why it does not get any further by itself. */
export function stalledBecause(facts: Facts, status: CommerceServiceStatus): Why | undefined {
  const { spec, specRevision, observed, revisions, now } = facts;
  const { rollout, stableRevision, goingBackSince } = status;
  const [refusal] = observed.refusals;
  if (refusal !== undefined) {
    return { reason: 'Refused', message: `The API server refuses ${refusal.kind} ${refusal.name}: ${refusal.message}` };
  }
  const lost = [stableRevision, rollout?.revision].find((one) => one !== undefined && !revisions.has(one));
  if (lost !== undefined) {
    return {
      reason: 'RevisionLost',
      message: `ControllerRevision ${lost} is gone, so its pods cannot be changed any more.`,
    };
  }
  const aborted = status.aborted?.find(({ revision }) => revision === specRevision);
  if (aborted !== undefined) {
    const serves = stableRevision === undefined ? 'Nothing else was there before.' : `${stableRevision} serves.`;
    return { reason: aborted.reason, message: `${specRevision} was aborted: ${aborted.message} ${serves}` };
  }
  const why = stableRevision === specRevision ? undefined : frozen(facts, status, specRevision);
  if (why !== undefined) return { reason: 'Frozen', message: why };
  if (rollout?.paused === true && status.analysis?.verdict === 'fail' && rollout.pausedBecause !== undefined) {
    return { reason: 'CanaryFailed', message: `${rollout.revision} waits for a person: ${rollout.pausedBecause}` };
  }
  const late = (from: string | undefined): boolean =>
    from !== undefined && since(from, now) >= milliseconds(spec.rollout.readyDeadline);
  if (rollout?.phase === 'Install' && late(rollout.waitingSince)) return notReady(facts, rollout.revision);
  if (goingBackSince !== undefined && stableRevision !== undefined && late(goingBackSince)) {
    return notReady(facts, stableRevision);
  }
  return undecided(facts, status);
}

const notReady = ({ observed, spec }: Facts, revision: string): Why => ({
  reason: 'NotReady',
  message: `Pods of ${revision} are not ready after ${spec.rollout.readyDeadline}. ${problemOf(observed.pods.filter((pod) => pod.revision === revision))}`,
});

/** When the judge has held the canary for so long that a person should look. */
export function undecidedAt({ spec }: Facts, { rollout }: CommerceServiceStatus): number | undefined {
  const hold = stepOf(spec, rollout?.step ?? 1)?.hold;
  if (rollout?.phase !== 'Step' || rollout.heldSince === undefined || hold === undefined) return undefined;
  return Date.parse(rollout.heldSince) + milliseconds(hold) + milliseconds(spec.rollout.analysis.unknownFor);
}

function undecided(facts: Facts, status: CommerceServiceStatus): Why | undefined {
  const at = undecidedAt(facts, status);
  if (at === undefined || facts.now < at || status.analysis?.verdict !== 'hold') return undefined;
  const { reason, message } = status.analysis;
  return { reason: 'Undecided', message: `The judge holds ${status.rollout?.revision} (${reason}): ${message}` };
}
