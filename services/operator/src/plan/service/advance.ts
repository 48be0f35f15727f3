import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import { iso, milliseconds, since } from '../duration.js';
import type { Draft, Rollout } from './draft.js';
import { problemOf } from '../pod-problem.js';
import { fits, lastAttempt, migrated, othersWithPods, stepOf, type Facts } from './facts.js';
import { judgeStep } from './judging.js';

/** Decides what time and the cluster have brought: what begins, what goes on, what has failed, what is finished. */
export function advance(facts: Facts, draft: Draft): void {
  followSpec(facts, draft);
  begin(facts, draft);
  goOn(facts, draft);
  endGoingBack(facts, draft);
  endContract(facts, draft);
}

/** A roll-out of what spec does not ask for any more ends. */
function followSpec({ specRevision }: Facts, draft: Draft): void {
  const { rollout } = draft.status;
  if (rollout === undefined || rollout.revision === specRevision) return;
  draft.endRollout();
  draft.announce('Superseded', rollout.revision, `${rollout.revision} goes: spec asks for ${specRevision} now.`);
}

/** Whether the revision that spec asks for is neither there nor on its way, and may come. */
export function mayBegin(facts: Facts, status: CommerceServiceStatus): boolean {
  const { specRevision } = facts;
  return (
    status.rollout === undefined &&
    status.stableRevision !== specRevision &&
    status.aborted?.some((one) => one.revision === specRevision) !== true &&
    fits(facts, status, specRevision)
  );
}

function begin(facts: Facts, draft: Draft): void {
  const { spec, specRevision, now } = facts;
  const { status } = draft;
  if (!mayBegin(facts, status) || spec.paused) return;
  if (status.contract?.state === 'Running' || status.goingBackSince !== undefined) return;
  // The canary of before, and what is left of older revisions, goes first: three revisions never work at once.
  if (status.stableRevision !== undefined && othersWithPods(facts, status).length > 0) return;
  const attempt = lastAttempt(facts, specRevision, 'expand') + 1;
  draft.set({
    rollout: { revision: specRevision, phase: 'Migrate', attempt, startedAt: iso(now) },
    analysis: undefined,
  });
  draft.announce('RolloutStarted', specRevision, `${specRevision} is rolled out.`);
  if (spec.migration === undefined || migrated(facts, status, specRevision)) enterFirst(draft);
}

/** The migration has run, or there is none. */
function enterFirst(draft: Draft): void {
  const at = iso(draft.now);
  if (draft.status.stableRevision === undefined) draft.setRollout({ phase: 'Install', waitingSince: at });
  else draft.setRollout({ phase: 'Step', step: 1, stepStartedAt: at });
}

function goOn(facts: Facts, draft: Draft): void {
  const { rollout } = draft.status;
  if (rollout === undefined) return;
  if (facts.spec.paused || rollout.paused === true) {
    if (rollout.waitingSince !== undefined) draft.setRollout({ waitingSince: undefined });
    return;
  }
  switch (rollout.phase) {
    case 'Migrate':
      return migrate(facts, draft, rollout);
    case 'Install':
      return install(facts, draft, rollout);
    case 'Step':
      return step(facts, draft, rollout);
    case 'Promote':
      return takeOver(facts, draft, rollout);
  }
}

function migrate({ jobs }: Facts, draft: Draft, { revision, attempt }: Rollout): void {
  const job = jobs.find((one) => one.revision === revision && one.phase === 'expand' && one.attempt === attempt);
  if (job?.state === 'completed') return enterFirst(draft);
  if (job?.state !== 'failed') return;
  const { name } = job.job.metadata;
  draft.abort(revision, 'MigrationFailed', `${job.message}. See kubectl logs job/${name}.`);
}

function install({ spec, sides }: Facts, draft: Draft, { revision, waitingSince }: Rollout): void {
  const side = sides.get(revision);
  if (side?.allReady !== true || side.wanted !== spec.replicas) {
    if (waitingSince === undefined) draft.setRollout({ waitingSince: iso(draft.now) });
    return;
  }
  draft.makeStable(revision);
  draft.announce('Installed', revision, `${revision} is the first revision and has all of its ${spec.replicas} pods.`);
}

/** The pods that a step of the canary has: never more than the stable revision. */
export const stepReplicas = ({ spec }: Facts, step: number): number =>
  Math.min(stepOf(spec, step)?.replicas ?? 1, spec.replicas);

function step(facts: Facts, draft: Draft, { revision, step: number = 1, heldSince, resumedStep }: Rollout): void {
  const { spec, sides, now } = facts;
  const analysis = judgeStep(facts, draft.status);
  draft.set({ analysis });
  if (analysis.verdict === 'fail') return fail(facts, draft, revision, analysis.reason, analysis.message);

  const side = sides.get(revision);
  if (side?.allReady !== true || side.wanted !== stepReplicas(facts, number)) return waitForPods(facts, draft);
  draft.setRollout({ waitingSince: undefined, heldSince: heldSince ?? iso(now) });

  const hold = stepOf(spec, number)?.hold;
  const held = hold === undefined ? resumedStep === number : since(heldSince ?? iso(now), now) >= milliseconds(hold);
  if (!held || analysis.verdict !== 'pass') return;
  const last = number >= spec.rollout.steps.length;
  draft.setRollout({
    phase: last ? 'Promote' : 'Step',
    step: number + 1,
    stepStartedAt: iso(now),
    heldSince: undefined,
    resumedStep: undefined,
    ...(last && { promotedBy: 'judge' as const }),
  });
  if (last) draft.announce('Promoting', revision, `${revision} takes over. ${analysis.message}`);
  else
    draft.announce(
      'StepStarted',
      `${revision}/${number + 1}`,
      `${revision} takes step ${number + 1}. ${analysis.message}`,
    );
}

function takeOver(facts: Facts, draft: Draft, { revision, promotedBy }: Rollout): void {
  const { spec, sides } = facts;
  const analysis = judgeStep(facts, draft.status);
  // It has passed: what can still be said against it is that it fails now. Where a person decided, the judge does not.
  if (promotedBy === 'judge' && analysis.verdict === 'fail') {
    draft.set({ analysis });
    return fail(facts, draft, revision, analysis.reason, analysis.message);
  }
  const side = sides.get(revision);
  if (side?.allReady !== true) return waitForPods(facts, draft);
  draft.setRollout({ waitingSince: undefined });
  if (side.wanted !== spec.replicas) return;
  draft.makeStable(revision);
  draft.announce('Promoted', revision, `${revision} is the stable revision.`);
}

function waitForPods(facts: Facts, draft: Draft): void {
  const { rollout } = draft.status;
  if (rollout === undefined) return;
  const { revision, waitingSince } = rollout;
  const { readyDeadline } = facts.spec.rollout;
  if (waitingSince === undefined) return draft.setRollout({ waitingSince: iso(facts.now) });
  if (since(waitingSince, facts.now) < milliseconds(readyDeadline)) return;
  const pods = facts.observed.pods.filter((pod) => pod.revision === revision);
  const refusal = facts.observed.refusals[0];
  const why =
    refusal === undefined
      ? problemOf(pods)
      : `The API server refuses ${refusal.kind} ${refusal.name}: ${refusal.message}`;
  draft.abort(revision, 'NotReady', `Its pods were not ready within ${readyDeadline}. ${why}`);
}

function fail({ spec }: Facts, draft: Draft, revision: string, reason: string, message: string): void {
  if (spec.rollout.onFailure === 'abort') return draft.abort(revision, reason, message);
  draft.setRollout({ paused: true, pausedBecause: message, waitingSince: undefined });
  draft.announce('CanaryFailed', revision, `${revision} failed and waits for a person. ${message}`);
}

/** The stable revision has its pods again. */
function endGoingBack({ spec, sides }: Facts, draft: Draft): void {
  const { goingBackSince, stableRevision } = draft.status;
  if (goingBackSince === undefined || stableRevision === undefined) return;
  const side = sides.get(stableRevision);
  if (side?.allReady === true && side.wanted === spec.replicas) draft.set({ goingBackSince: undefined });
}

function endContract({ jobs }: Facts, draft: Draft): void {
  const { contract } = draft.status;
  if (contract?.state !== 'Running') return;
  const job = jobs.find(
    ({ revision, phase, attempt }) =>
      revision === contract.revision && phase === 'contract' && attempt === contract.attempt,
  );
  if (job?.state === 'completed') {
    draft.set({ contract: { ...contract, state: 'Completed', message: 'The contract migration has run.' } });
    draft.announce('ContractCompleted', contract.revision, `The contract migration of ${contract.revision} has run.`);
  } else if (job?.state === 'failed') {
    const message = `${job.message}. See kubectl logs job/${job.job.metadata.name}.`;
    draft.set({ contract: { ...contract, state: 'Failed', message } });
    draft.announce('ContractFailed', contract.revision, message);
  }
}
