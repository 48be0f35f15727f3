import type { CommerceServiceStatus } from '../../api/commerce-service.js';
import type { Action } from '../actions.js';
import { changeDeployment } from '../change-deployment.js';
import { wantedDeployment, wantedJob, wantedRevision, type MigrationPhase } from '../wanted.js';
import type { Facts } from './facts.js';
import { wantedReplicas } from './replicas.js';

type ObjectAction = Action<CommerceServiceStatus>;

/**
 * What must be made or changed so that the cluster is as it was decided. In an order that never has too many pods. Jobs
 * last: one that the API server refuses ends the plan, and what serves must be scaled all the same.
 */
export function objectActions(facts: Facts, status: CommerceServiceStatus): ObjectAction[] {
  return [...keepRevision(facts), ...deployments(facts, status), ...migrationJobs(facts, status)];
}

function keepRevision({ owner, specRevision, revisions }: Facts): ObjectAction[] {
  const known = revisions.get(specRevision);
  if (known === undefined || known.kept) return [];
  return [{ kind: 'apply', object: wantedRevision(owner, specRevision, known.data, known.number) }];
}

function migrationJobs(facts: Facts, { rollout, contract }: CommerceServiceStatus): ObjectAction[] {
  if (contract?.state === 'Running') return job(facts, contract.revision, 'contract', contract.attempt);
  const starts = rollout?.phase === 'Migrate' && rollout.paused !== true && !facts.spec.paused;
  return starts ? job(facts, rollout.revision, 'expand', rollout.attempt) : [];
}

function job(facts: Facts, revision: string, phase: MigrationPhase, attempt: number): ObjectAction[] {
  const { owner, jobs, revisions, spec } = facts;
  if (jobs.some((one) => one.revision === revision && one.phase === phase && one.attempt === attempt)) return [];
  const migration = revisions.get(revision)?.data.migration;
  if (migration?.template === undefined) return [];
  const { template } = migration;
  const object = wantedJob(owner, revision, spec.container, { ...migration, template }, phase, attempt);
  return [{ kind: 'apply', object }];
}

function deployments(facts: Facts, status: CommerceServiceStatus): ObjectAction[] {
  const wanted = [...wantedReplicas(facts, status)];
  const grows = ([revision, replicas]: [string, number]): number =>
    replicas > (facts.sides.get(revision)?.wanted ?? 0) ? 1 : 0;
  return wanted
    .toSorted((one, other) => grows(one) - grows(other))
    .flatMap(([revision, replicas]) => deployment(facts, status, revision, replicas));
}

function deployment(facts: Facts, status: CommerceServiceStatus, revision: string, replicas: number): ObjectAction[] {
  const { owner, revisions, sides } = facts;
  const [side, data] = [sides.get(revision), revisions.get(revision)?.data];
  const serves = revision === status.stableRevision || revision === status.rollout?.revision;
  if (data === undefined) {
    // What it was made of is lost: what serves is left as it is, the rest cannot be gone back to.
    return side === undefined || serves || replicas > 0
      ? []
      : [remove('apps/v1', 'Deployment', side.deployment.metadata)];
  }
  const restartedAt = status.restarted?.find((one) => one.revision === revision)?.at;
  const object = wantedDeployment(owner, revision, data, replicas, restartedAt);
  return changeDeployment(side?.deployment, object, owner.kind);
}

export const remove = (
  apiVersion: string,
  objectKind: string,
  { name, uid }: { readonly name: string; readonly uid: string },
): ObjectAction => ({ kind: 'delete', apiVersion, objectKind, name, uid });
