import { condition } from '../condition.js';
import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import type { ConditionType } from '../../api/conditions.js';
import type { Condition } from '../../api/objects.js';
import { OWNER_LABEL, REVISION_LABEL } from '../../api/names.js';
import { problemOf } from '../pod-problem.js';
import { jobName, type MigrationPhase } from '../wanted.js';
import { mayBegin } from './advance.js';
import type { Draft } from './draft.js';
import { migrated, stepOf, type Facts } from './facts.js';
import { stalledBecause, type Why } from './stalled.js';

/** What people and programs read of the status: it follows from what was decided and what is there. */
export function report(facts: Facts, draft: Draft): void {
  const { owner, spec, specRevision, sides } = facts;
  const { status } = draft;
  const { rollout, stableRevision } = status;
  const serving = stableRevision ?? rollout?.revision ?? specRevision;
  // Pods of the stable revision go while another takes over: an autoscaler that saw them alone would take that for less work.
  const counted = rollout?.phase === 'Promote' ? [serving, rollout.revision] : [serving];
  const shown = counted.map((revision) => sides.get(revision));
  const compared = rollout?.step !== undefined;
  const step = Math.min(rollout?.step ?? 0, spec.rollout.steps.length);
  draft.set({
    observedGeneration: owner.metadata.generation,
    specRevision,
    phase: phaseOf(facts, draft),
    canaryRevision: compared ? rollout.revision : undefined,
    step: compared ? `${step}/${spec.rollout.steps.length}` : undefined,
    verdict: compared ? status.analysis?.verdict : undefined,
    replicas: shown.reduce((sum, side) => sum + (side?.pods ?? 0), 0),
    readyReplicas: shown.reduce((sum, side) => sum + (side?.ready ?? 0), 0),
    selector: selectorText(owner.metadata.name, counted),
  });
  draft.set({ conditions: conditions(facts, draft) });
}

function selectorText(owner: string, revisions: readonly string[]): string {
  const which = revisions.length === 1 ? `=${revisions[0]}` : ` in (${revisions.join(',')})`;
  return `${OWNER_LABEL}=${owner},${REVISION_LABEL}${which}`;
}

function phaseOf(facts: Facts, draft: Draft): NonNullable<CommerceServiceStatus['phase']> {
  const { status } = draft;
  const { rollout } = status;
  if (rollout !== undefined) {
    if (rollout.paused === true || facts.spec.paused) return 'Paused';
    return ({ Migrate: 'Migrating', Install: 'Installing', Step: 'Canary', Promote: 'Promoting' } as const)[
      rollout.phase
    ];
  }
  if (status.goingBackSince !== undefined) return 'GoingBack';
  if (status.contract?.state === 'Running') return 'Contracting';
  if (mayBegin(facts, status)) return facts.spec.paused ? 'Paused' : 'Migrating';
  return status.stableRevision === facts.specRevision ? 'Stable' : 'Aborted';
}

function conditions(facts: Facts, draft: Draft): Condition[] {
  const { status } = draft;
  const stalled = stalledBecause(facts, status);
  const progress = progressOf(facts, draft);
  const ready = stalled === undefined && progress.reason === 'Stable';
  const under = status.rollout !== undefined && progress.reason !== 'Paused' && stalled === undefined;
  const migration = migrationOf(facts, status);
  const analysis = status.analysis;
  const of = (type: ConditionType, holds: Condition['status'], why: Why): Condition =>
    condition(status.conditions, facts.owner.metadata, facts.now, type, holds, why);
  const flag = (value: boolean): Condition['status'] => (value ? 'True' : 'False');
  return [
    of('Ready', flag(ready), stalled ?? progress),
    of('Reconciling', flag(!ready && stalled === undefined), stalled ?? progress),
    of('Stalled', flag(stalled !== undefined), stalled ?? progress),
    of('Progressing', flag(under), stalled ?? progress),
    of('MigrationCompleted', migration.status, migration),
    ...(analysis === undefined
      ? []
      : [of('Judged', ({ pass: 'True', fail: 'False', hold: 'Unknown' } as const)[analysis.verdict], analysis)]),
  ];
}

function progressOf(facts: Facts, draft: Draft): Why {
  const { spec, specRevision, sides } = facts;
  const { rollout, stableRevision, goingBackSince, contract } = draft.status;
  if (rollout !== undefined) return rolloutProgress(facts, draft);
  if (goingBackSince !== undefined) return { reason: 'GoingBack', message: `${stableRevision} takes its pods back.` };
  if (mayBegin(facts, draft.status)) {
    if (spec.paused) return { reason: 'Paused', message: `spec.paused is true; ${specRevision} waits.` };
    return { reason: 'Starting', message: `${specRevision} begins when the pods of older revisions are gone.` };
  }
  if (contract?.state === 'Running') {
    const { revision, attempt } = contract;
    return {
      reason: 'Contracting',
      message: `The contract migration of ${revision} runs.${jobProblem(facts, revision, 'contract', attempt)}`,
    };
  }
  const side = stableRevision === undefined ? undefined : sides.get(stableRevision);
  if (side?.allReady !== true || side.wanted !== spec.replicas) {
    return {
      reason: 'Scaling',
      message: `${side?.ready ?? 0} of ${spec.replicas} pods of ${stableRevision} are ready.`,
    };
  }
  return { reason: 'Stable', message: `${stableRevision} has all of its ${spec.replicas} pods.` };
}

/** What keeps the pods of a Job from running: it may wait for them until its deadline. */
function jobProblem({ owner, observed }: Facts, revision: string, phase: MigrationPhase, attempt: number): string {
  const name = jobName(owner.metadata.name, revision, phase, attempt);
  const troubled = observed.pods.filter((pod) => pod.name.startsWith(`${name}-`) && pod.problem !== undefined);
  return troubled.length === 0 ? '' : ` ${problemOf(troubled)}`;
}

function rolloutProgress(facts: Facts, { status }: Draft): Why {
  const { spec, sides } = facts;
  const { rollout, analysis } = status;
  if (rollout === undefined) throw new Error('No roll-out is under way.');
  const { revision, step = 1 } = rollout;
  if (spec.paused) return { reason: 'Paused', message: `spec.paused is true; ${revision} takes no step.` };
  if (rollout.paused === true) {
    return {
      reason: 'Paused',
      message: `${revision} takes no step: ${rollout.pausedBecause ?? 'a person said pause.'}`,
    };
  }
  const pods = sides.get(revision);
  switch (rollout.phase) {
    case 'Migrate':
      return {
        reason: 'Migrating',
        message: `The migration of ${revision} runs.${jobProblem(facts, revision, 'expand', rollout.attempt)}`,
      };
    case 'Install':
      return {
        reason: 'Installing',
        message: `${pods?.ready ?? 0} of ${spec.replicas} pods of ${revision} are ready.`,
      };
    case 'Promote':
      return { reason: 'Promoting', message: `${revision} takes over: ${pods?.ready ?? 0} of ${spec.replicas} pods.` };
    case 'Step': {
      const all = spec.rollout.steps.length;
      const wanted = pods?.wanted ?? 0;
      const beside = `step ${Math.min(step, all)} of ${all}: ${wanted} ${wanted === 1 ? 'pod' : 'pods'} of ${revision} beside ${spec.replicas} of ${status.stableRevision}`;
      const half = spec.replicas === 1 ? ', which is half of everything' : '';
      const waits = stepOf(spec, step)?.hold === undefined && rollout.resumedStep !== step;
      return {
        reason: waits ? 'WaitsForPerson' : 'Canary',
        message: [
          `${beside}${half}.`,
          ...(analysis === undefined ? [] : [analysis.message]),
          ...(waits ? ['The step has no hold: say promote or resume.'] : []),
        ].join(' '),
      };
    }
  }
}

function migrationOf(facts: Facts, status: CommerceServiceStatus): Why & { status: Condition['status'] } {
  const { specRevision, revisions } = facts;
  const { rollout, aborted } = status;
  if (revisions.get(specRevision)?.data.migration === undefined) {
    return { status: 'True', reason: 'NoMigration', message: `${specRevision} has no migration.` };
  }
  if (migrated(facts, status, specRevision) || (rollout?.revision === specRevision && rollout.phase !== 'Migrate')) {
    return { status: 'True', reason: 'Completed', message: `The migration of ${specRevision} has run.` };
  }
  const failed = aborted?.find((one) => one.revision === specRevision && one.reason === 'MigrationFailed');
  if (failed !== undefined) return { status: 'False', reason: 'Failed', message: failed.message };
  return { status: 'False', reason: 'Pending', message: `The migration of ${specRevision} has not run yet.` };
}
