import type { Evidence } from '@outrider/judge';

import type { CommerceService } from '../api/commerce-service.js';
import type { ControllerRevision, Deployment, Job } from '../api/objects.js';
import type { OutboxWorker } from '../api/outbox-worker.js';

/** A pod, as far as a plan needs it. */
export interface PodState {
  readonly name: string;
  /** of REVISION_LABEL; undefined for workers */
  readonly revision: string | undefined;
  /** of its phase label: pods of a migration's Job */
  readonly job: string | undefined;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** whether nothing of it runs any more, and nothing will: what is left of a pod that was evicted, for example */
  readonly ended: boolean;
  /** why a container does not run: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, …, and what Kubernetes says of it */
  readonly problem: { readonly reason: string; readonly message: string } | undefined;
}

/** What was counted of canary and stable revision since a moment. */
export interface Measured {
  /** the `countingKey` that was counted for: what was counted for another step is not taken */
  readonly key: string;
  /** ms since 1970 of the newest reading */
  readonly at: number;
  readonly evidence: Evidence;
}

/** What the API server refused of the plan before: an object that can never be made says so in the status. */
export interface Refusal {
  readonly kind: string;
  readonly name: string;
  readonly message: string;
}

/** Everything that a plan for a CommerceService depends on, at one moment. */
export interface ObservedService {
  readonly resource: CommerceService;
  /** those that it owns; of other owners none */
  readonly revisions: readonly ControllerRevision[];
  readonly deployments: readonly Deployment[];
  readonly jobs: readonly Job[];
  readonly pods: readonly PodState[];
  /** undefined until something was counted for the step that is under way */
  readonly measured: Measured | undefined;
  /** what still is refused: kept until the resource changes, or the object is made */
  readonly refusals: readonly Refusal[];
}

/** What workers do, as far as it could be read. */
export interface WorkersMeasured {
  /** ms since 1970 */
  readonly at: number;
  /** age of the oldest unpublished event of all databases, in seconds; 0: there is none; undefined: not known */
  readonly oldestAgeSeconds: number | undefined;
  readonly pendingEvents: number | undefined;
  /** whether there are more: a database counts them up to a limit */
  readonly morePending: boolean;
  /** keys of all outboxes that wait for an operator: what is parked is not pending any more; undefined: not known */
  readonly parkedKeys: number | undefined;
  /** events that all workers together published a second, since the reading before */
  readonly eventsPerSecond: number | undefined;
  /** workers that were read */
  readonly workers: number;
  /** outboxes that they work on */
  readonly databases: number | undefined;
  /** shards of one outbox: as many workers have something to do */
  readonly shards: number | undefined;
}

export interface ObservedWorkers {
  readonly resource: OutboxWorker;
  /** the one that it owns */
  readonly deployments: readonly Deployment[];
  readonly pods: readonly PodState[];
  readonly measured: WorkersMeasured | undefined;
  readonly refusals: readonly Refusal[];
}
