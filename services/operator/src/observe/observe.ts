import type { CommerceService } from '../api/commerce-service.js';
import type { ObjectMeta } from '../api/objects.js';
import type { OutboxWorker } from '../api/outbox-worker.js';
import type { Measured, ObservedService, ObservedWorkers, Refusal, WorkersMeasured } from '../plan/observed.js';
import type { ClusterView } from './cluster-view.js';
import { stateOf } from './pod.js';

/** Everything that a plan for a CommerceService depends on. */
export function observeService(
  view: ClusterView,
  resource: CommerceService,
  measured: Measured | undefined,
  refusals: readonly Refusal[],
): ObservedService {
  const { uid, namespace, name } = resource.metadata;
  return {
    resource,
    revisions: view.revisions.ownedBy(uid).filter(isStaying),
    deployments: view.deployments.ownedBy(uid).filter(isStaying),
    jobs: view.jobs.ownedBy(uid).filter(isStaying),
    pods: view.podsOf({ kind: 'CommerceService', namespace, name }).map(stateOf),
    measured,
    refusals,
  };
}

/** Everything that a plan for an OutboxWorker depends on. */
export function observeWorkers(
  view: ClusterView,
  resource: OutboxWorker,
  measured: WorkersMeasured | undefined,
  refusals: readonly Refusal[],
): ObservedWorkers {
  const { uid, namespace, name } = resource.metadata;
  return {
    resource,
    deployments: view.deployments.ownedBy(uid).filter(isStaying),
    pods: view.podsOf({ kind: 'OutboxWorker', namespace, name }).map(stateOf),
    measured,
    refusals,
  };
}

/** What is being deleted is there no more: its end is seen, and the next plan may make it again. */
const isStaying = ({ metadata }: { readonly metadata: ObjectMeta }): boolean =>
  metadata.deletionTimestamp === undefined;
