import type { CommerceServiceSpec, CommerceServiceStatus } from '../../api/commerce-service.js';
import { ATTEMPT_LABEL, COMMERCE_SERVICE, PHASE_LABEL, REVISION_LABEL } from '../../api/names.js';
import type { Deployment, Job } from '../../api/objects.js';
import type { ObservedService } from '../observed.js';
import { dataOf, readData, revisionOf, sameExpand, sameMigration, sameSchema, type RevisionData } from '../revision.js';
import type { MigrationPhase, Owner } from '../wanted.js';

/** What is observed, in the words of a plan. */
export interface Facts {
  readonly owner: Owner;
  readonly spec: CommerceServiceSpec;
  readonly observed: ObservedService;
  /** ms since 1970 */
  readonly now: number;
  /** the revision that spec asks for */
  readonly specRevision: string;
  /** revisions that are kept, with their numbers; the one that spec asks for is among them, also before it is kept */
  readonly revisions: ReadonlyMap<string, KnownRevision>;
  readonly sides: ReadonlyMap<string, Side>;
  readonly jobs: readonly MigrationJob[];
}

export interface KnownRevision {
  /** counts up in the order in which revisions were made */
  readonly number: number;
  readonly data: RevisionData;
  readonly kept: boolean;
}

/** The pods of one revision. */
export interface Side {
  readonly deployment: Deployment;
  /** pods that its Deployment asks for */
  readonly wanted: number;
  /** pods that are there, also those that are not ready */
  readonly pods: number;
  readonly ready: number;
  /** those of them that are known to be there: none by a status that is older than what is asked for */
  readonly certain: number;
  /** whether all pods that are asked for are ready, by a status that is about what is asked for now */
  readonly allReady: boolean;
}

export interface MigrationJob {
  readonly job: Job;
  readonly revision: string;
  readonly phase: MigrationPhase;
  readonly attempt: number;
  readonly state: 'running' | 'completed' | 'failed';
  readonly message: string;
}

export function facts(observed: ObservedService, now: number): Facts {
  const { resource } = observed;
  const { spec } = resource;
  const specRevision = revisionOf(dataOf(spec));
  return {
    owner: { kind: COMMERCE_SERVICE.kind, metadata: resource.metadata },
    spec,
    observed,
    now,
    specRevision,
    revisions: revisionsOf(observed, specRevision),
    sides: new Map(observed.deployments.flatMap((deployment) => sideOf(deployment, observed.pods))),
    jobs: observed.jobs.flatMap((job) => jobOf(job)),
  };
}

function revisionsOf({ resource, revisions }: ObservedService, specRevision: string): Map<string, KnownRevision> {
  const known = new Map<string, KnownRevision>();
  let highest = 0;
  for (const { metadata, revision: number, data } of revisions) {
    highest = Math.max(highest, number);
    const [name, read] = [metadata.labels?.[REVISION_LABEL], readData(data)];
    if (name !== undefined && read !== undefined) known.set(name, { number, data: read, kept: true });
  }
  if (!known.has(specRevision)) {
    known.set(specRevision, { number: highest + 1, data: dataOf(resource.spec), kept: false });
  }
  return known;
}

function sideOf(deployment: Deployment, all: ObservedService['pods']): [string, Side][] {
  const revision = deployment.metadata.labels?.[REVISION_LABEL];
  if (revision === undefined) return [];
  const { spec, status, metadata } = deployment;
  const wanted = spec.replicas ?? 1;
  const fresh = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  // A status that is older than what is asked for may count pods that are about to go, and any status some that were told to.
  const there = all.filter((pod) => pod.revision === revision && pod.ready && !pod.terminating && !pod.ended);
  const ready = Math.min(status?.readyReplicas ?? 0, wanted, there.length);
  const allReady = fresh && ready >= wanted && (status?.updatedReplicas ?? 0) >= wanted;
  return [
    [
      revision,
      {
        deployment,
        wanted,
        ready,
        certain: fresh ? ready : 0,
        allReady,
        pods: Math.max(status?.replicas ?? 0, fresh ? 0 : wanted),
      },
    ],
  ];
}

function jobOf(job: Job): MigrationJob[] {
  const { [REVISION_LABEL]: revision, [PHASE_LABEL]: phase, [ATTEMPT_LABEL]: attempt } = job.metadata.labels ?? {};
  if (revision === undefined || (phase !== 'expand' && phase !== 'contract')) return [];
  const holds = (type: string) => job.status?.conditions?.find((one) => one.type === type && one.status === 'True');
  const failed = holds('Failed');
  const state = holds('Complete') !== undefined ? 'completed' : failed !== undefined ? 'failed' : 'running';
  const message = `Job ${job.metadata.name}: ${failed?.message ?? failed?.reason ?? state}`;
  return [{ job, revision, phase, attempt: Number(attempt ?? 1), state, message }];
}

/** Whether the expand phase of a revision has run: its own Job, or that of the stable revision where it is the same. */
export function migrated({ jobs, revisions }: Facts, status: CommerceServiceStatus, revision: string): boolean {
  const own = jobs.some((one) => one.revision === revision && one.phase === 'expand' && one.state === 'completed');
  if (own || status.stableRevision === undefined) return own;
  const [stable, other] = [revisions.get(status.stableRevision), revisions.get(revision)];
  return stable !== undefined && other !== undefined && sameExpand(stable.data, other.data);
}

/** Whether a revision can use the database: since a contract migration, older ones cannot. */
export function fits({ revisions }: Facts, { contract }: CommerceServiceStatus, revision: string): boolean {
  if (contract === undefined || contract.revision === revision) return true;
  const [contracted, other] = [revisions.get(contract.revision), revisions.get(revision)];
  if (contracted === undefined || other === undefined) return true;
  if (sameMigration(other.data, contracted.data) || sameSchema(other.data, contracted.data)) return true;
  // a new revision that migrates as an older one did cannot use more than that one
  const alike = [...revisions.values()].filter(({ data }) => sameSchema(data, other.data));
  return Math.min(other.number, ...alike.map(({ number }) => number)) > contracted.number;
}

/** The revisions that could be gone back to, the newest first. */
export const wereStable = ({ history = [], stableRevision }: CommerceServiceStatus): string[] =>
  [...new Set(history.map(({ revision }) => revision))].filter((revision) => revision !== stableRevision);

/**
 * Why a revision cannot use the database any more, and the last revision that can.
 * @returns undefined where it can
 */
export function frozen(facts: Facts, status: CommerceServiceStatus, revision: string): string | undefined {
  if (fits(facts, status, revision)) return undefined;
  const { contract, stableRevision } = status;
  const kept = wereStable(status).filter((one) => facts.revisions.get(one)?.kept === true);
  const last = [stableRevision, ...kept].find((one) => one !== undefined && fits(facts, status, one));
  const which = last === undefined ? 'of those that are kept none fits' : `the last that fits is ${last}`;
  return `${revision} does not fit the database since the contract migration of ${contract?.revision}; ${which}.`;
}

/** Other revisions than the stable one that have pods, or ask for some. */
export const othersWithPods = ({ sides }: Facts, { stableRevision }: CommerceServiceStatus): string[] =>
  [...sides].flatMap(([revision, { wanted, pods }]) =>
    revision !== stableRevision && (wanted > 0 || pods > 0) ? [revision] : [],
  );

/**
 * Other revisions than the stable one of which something may still work: also pods that were told to end and have not,
 * which no Deployment counts.
 */
export function othersAtWork(facts: Facts, status: CommerceServiceStatus): string[] {
  const atWork = facts.observed.pods.flatMap(({ revision, ended }) =>
    revision === undefined || revision === status.stableRevision || ended ? [] : [revision],
  );
  return [...new Set([...othersWithPods(facts, status), ...atWork])];
}

type Step = CommerceServiceSpec['rollout']['steps'][number];

/** A step by its number, from 1; the last one where steps were taken away meanwhile. */
export const stepOf = ({ rollout: { steps } }: CommerceServiceSpec, number: number): Step | undefined =>
  steps[Math.min(number, steps.length) - 1];

export const lastAttempt = ({ jobs }: Facts, revision: string, phase: MigrationPhase): number =>
  Math.max(0, ...jobs.filter((job) => job.revision === revision && job.phase === phase).map((job) => job.attempt));
