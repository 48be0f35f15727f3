import { OWNER_LABEL, PHASE_LABEL, REVISION_LABEL } from '../api/names.js';
import type { ObjectMeta } from '../api/objects.js';
import type { PodReading } from '../measure/pod-reading.js';
import type { ScrapeTarget } from '../measure/scrape.js';
import type { PodState } from '../plan/observed.js';

interface Ended {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Ended;
  };
  readonly lastState?: { readonly terminated?: Ended };
}

/** A pod, as far as it is kept in memory. */
export interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** Waiting for these is nothing to report. */
const USUAL: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);
/** The port of a process for health and metrics, as the charts name it. */
const ADMIN_PORT = 'admin';
const ADMIN_PORT_NUMBER = 9090;

/** What of a pod is kept in memory: a cluster has many, and most of one is of no interest here. */
export function keptOfPod({ metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels } = metadata;
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(labels === undefined ? {} : { labels }),
    },
    spec: { containers: spec.containers.map(({ name: container, ports = [] }) => ({ name: container, ports })) },
    ...(status === undefined
      ? {}
      : {
          status: {
            ...(status.phase === undefined ? {} : { phase: status.phase }),
            ...(status.podIP === undefined ? {} : { podIP: status.podIP }),
            conditions: status.conditions ?? [],
            initContainerStatuses: status.initContainerStatuses ?? [],
            containerStatuses: status.containerStatuses ?? [],
          },
        }),
  };
}

export function stateOf(pod: Pod): PodState {
  const { name, labels = {}, deletionTimestamp } = pod.metadata;
  return {
    name,
    revision: labels[REVISION_LABEL],
    job: labels[PHASE_LABEL],
    ready: conditionOf(pod, 'Ready')?.status === 'True',
    terminating: deletionTimestamp !== undefined,
    ended: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
    problem: problemOf(pod),
  };
}

/** Which resource a pod belongs to, by its label. */
export const ownerOf = ({ metadata }: { readonly metadata: Pick<ObjectMeta, 'labels'> }): string | undefined =>
  metadata.labels?.[OWNER_LABEL];

/** Whether a pod belongs to a revision of a service, as its own or as one of its migrations'. */
export const isOfRevision = ({ metadata: { labels = {} } }: Pod): boolean =>
  labels[REVISION_LABEL] !== undefined || labels[PHASE_LABEL] !== undefined;

/**
 * What is known of a pod without asking it.
 * @param container the one that is the service; where the pod has none of that name, its first
 */
export function unread(pod: Pod, container?: string): Omit<PodReading, 'series'> {
  const { uid, labels = {}, deletionTimestamp } = pod.metadata;
  const statuses = pod.status?.containerStatuses ?? [];
  const status = statuses.find(({ name }) => name === container) ?? statuses[0];
  const kills = [status?.state?.terminated, status?.lastState?.terminated].filter(
    (ended) => ended?.reason === 'OOMKilled',
  );
  return {
    uid,
    revision: labels[REVISION_LABEL],
    restarts: status?.restartCount ?? 0,
    outOfMemoryAt: kills[0]?.finishedAt,
    // one that is going takes its counters with it
    running: status?.state?.running !== undefined && deletionTimestamp === undefined && pod.status?.podIP !== undefined,
  };
}

/** Where a pod shows its metrics; undefined while it has no address. */
export function targetOf({ spec, status }: Pod, container?: string): ScrapeTarget | undefined {
  if (status?.podIP === undefined) return undefined;
  const { ports = [] } = spec.containers.find(({ name }) => name === container) ?? spec.containers[0] ?? {};
  const port = ports.find(({ name }) => name === ADMIN_PORT)?.containerPort ?? ADMIN_PORT_NUMBER;
  return { host: status.podIP, port };
}

function problemOf(pod: Pod): PodState['problem'] {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return problem(scheduled.reason, scheduled.message);
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const { state } of [...initContainerStatuses, ...containerStatuses]) {
    const waiting = state?.waiting;
    if (waiting !== undefined && !USUAL.has(waiting.reason ?? '')) return problem(waiting.reason, waiting.message);
    const ended = state?.terminated;
    if (ended !== undefined && ended.exitCode !== 0) {
      return problem(ended.reason, ended.message ?? `ended with exit code ${ended.exitCode}`);
    }
  }
  return undefined;
}

const problem = (reason = 'Unknown', message = ''): PodState['problem'] => ({ reason, message: message.trim() });

function conditionOf({ status }: Pod, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}
