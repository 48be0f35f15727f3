import type { ConditionType } from '../../api/conditions.js';
import { OUTBOX_WORKER, OWNER_LABEL, TEMPLATE_ANNOTATION } from '../../api/names.js';
import type { Condition, Deployment, PodTemplate, WantedObject } from '../../api/objects.js';
import type { OutboxWorker, OutboxWorkerStatus } from '../../api/outbox-worker.js';
import type { Action, WorkersPlan } from '../actions.js';
import { canonical } from '../canonical.js';
import { changeDeployment } from '../change-deployment.js';
import { condition } from '../condition.js';
import { covers } from '../covers.js';
import { milliseconds } from '../duration.js';
import type { ObservedWorkers } from '../observed.js';
import { problemOf } from '../pod-problem.js';
import { madeOf, metadata, withMetadata } from '../wanted.js';
import { scale, type ScaleDecision } from './scale.js';

/** Beside the Deployment that the chart makes where the operator does not run it. */
export const workersName = (owner: string): string => `${owner}-workers`;

/**
 * What is to be done for an OutboxWorker now: one Deployment, which rolls as Deployments do, with as many workers as
 * `spec.replicas` says or as the lag asks for. Pure.
 * @param now ms since 1970
 */
export function planWorkers(observed: ObservedWorkers, now: number): WorkersPlan {
  const { resource, deployments, measured } = observed;
  if (resource.metadata.deletionTimestamp !== undefined) return { actions: [], again: undefined };
  const before = resource.status ?? {};
  const name = workersName(resource.metadata.name);
  const found = deployments.find((one) => one.metadata.name === name);
  const ready = Math.min(found?.status?.readyReplicas ?? 0, found?.spec.replicas ?? 0);
  const { scaling } = resource.spec;
  const decision = scaling === undefined ? undefined : scale(scaling, before.scaling, measured, ready, now);
  const replicas = decision?.scaled.replicas ?? resource.spec.replicas ?? 1;

  const template = withMetadata(resource.spec.template, { [OWNER_LABEL]: resource.metadata.name }, {});
  // While paused the workers stay what they are; their number may change.
  const waits = resource.spec.paused && found !== undefined && !covers(found.metadata.annotations, madeOf(template));
  const object = wanted(resource, name, replicas, waits ? keptOf(found) : { template, annotations: madeOf(template) });
  const changes = changeDeployment(found, object, OUTBOX_WORKER.kind);

  const isAsked = changes.length === 0 && !waits;
  const status = statusOf(observed, before, decision, { found, ready, replicas, isAsked, waits }, now);
  const actions: Action<OutboxWorkerStatus>[] = [
    ...(canonical(status) === canonical(before) ? [] : [{ kind: 'status' as const, status }]),
    ...changes,
  ];
  return { actions, again: scaling === undefined ? undefined : milliseconds(scaling.interval) };
}

/** What the pods of a Deployment are made of, and the annotation that keeps it. */
interface Made {
  readonly template: PodTemplate;
  readonly annotations: Readonly<Record<string, string>>;
}

function keptOf({ metadata: { annotations }, spec }: Deployment): Made {
  const kept = annotations?.[TEMPLATE_ANNOTATION];
  return {
    template: spec['template'] as unknown as PodTemplate,
    annotations: kept === undefined ? {} : { [TEMPLATE_ANNOTATION]: kept },
  };
}

function wanted(
  { metadata: own }: OutboxWorker,
  name: string,
  replicas: number,
  { template, annotations }: Made,
): WantedObject {
  const labels = { [OWNER_LABEL]: own.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata({ kind: OUTBOX_WORKER.kind, metadata: own }, name, labels, annotations),
    spec: {
      replicas,
      revisionHistoryLimit: 5,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template,
    },
  };
}

interface Workers {
  readonly found: Deployment | undefined;
  readonly ready: number;
  readonly replicas: number;
  /** whether the Deployment is as spec asks for */
  readonly isAsked: boolean;
  /** whether a changed template waits for the end of a pause */
  readonly waits: boolean;
}

function statusOf(
  observed: ObservedWorkers,
  before: OutboxWorkerStatus,
  decision: ScaleDecision | undefined,
  workers: Workers,
  now: number,
): OutboxWorkerStatus {
  const { resource, measured } = observed;
  const { generation, name } = resource.metadata;
  const count = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : Math.round(value);
  const fields = {
    observedGeneration: generation,
    replicas: workers.found?.status?.replicas ?? 0,
    readyReplicas: workers.ready,
    selector: `${OWNER_LABEL}=${name}`,
    scaling: decision?.scaled,
    oldestAgeSeconds: count(measured?.oldestAgeSeconds),
    pendingEvents: count(measured?.pendingEvents),
    eventsPerSecond: count(measured?.eventsPerSecond),
    conditions: conditions(observed, before, decision, workers, now),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as OutboxWorkerStatus;
}

function conditions(
  observed: ObservedWorkers,
  before: OutboxWorkerStatus,
  decision: ScaleDecision | undefined,
  { found, ready, replicas, isAsked, waits }: Workers,
  now: number,
): Condition[] {
  const { resource, pods, refusals } = observed;
  const fresh = (found?.status?.observedGeneration ?? 0) >= (found?.metadata.generation ?? 1);
  const isReady = isAsked && fresh && ready >= replicas && (found?.status?.updatedReplicas ?? 0) >= replicas;
  const [refusal] = refusals;
  const failed = found?.status?.conditions?.find((one) => one.type === 'Progressing' && one.status === 'False');
  const stalled =
    refusal !== undefined
      ? { reason: 'Refused', message: `The API server refuses ${refusal.kind} ${refusal.name}: ${refusal.message}` }
      : !isReady && failed !== undefined
        ? { reason: 'NotReady', message: `Workers are not ready in time. ${problemOf(pods)}` }
        : undefined;
  const progress = isReady
    ? { reason: 'Stable', message: `${ready} workers are ready.` }
    : waits
      ? { reason: 'Paused', message: 'spec.paused is true; the changed template waits.' }
      : {
          reason: 'Scaling',
          message: `${ready} of ${replicas} workers are ready${isAsked ? '' : ', not all as spec asks for'}.`,
        };
  const why = stalled ?? progress;
  const of = (type: ConditionType, holds: boolean, because: { reason: string; message: string }): Condition =>
    condition(before.conditions, resource.metadata, now, type, holds ? 'True' : 'False', because);
  return [
    of('Ready', stalled === undefined && isReady, why),
    of('Reconciling', stalled === undefined && !isReady, why),
    of('Stalled', stalled !== undefined, why),
    ...(decision === undefined ? [] : [lagNotFalling(observed, before, decision, now)]),
  ];
}

/** By what is known of the lag. */
const LAG = {
  falling: { status: 'False', reason: 'Scaling' },
  stuck: { status: 'True', reason: 'NoLoad' },
  unknown: { status: 'Unknown', reason: 'LagUnknown' },
} as const;

function lagNotFalling(
  { resource, measured }: ObservedWorkers,
  { conditions: known }: OutboxWorkerStatus,
  { scaled, lag }: ScaleDecision,
  now: number,
): Condition {
  const parked = measured?.parkedKeys ?? 0;
  // what is parked is no part of the lag, and what comes after it in its key is parked as well
  const keysParked = lag === 'falling' && parked > 0;
  const { status, reason } = keysParked ? { status: 'True' as const, reason: 'KeysParked' } : LAG[lag];
  const message = keysParked
    ? `${parked} ${parked === 1 ? 'key is' : 'keys are'} parked: no worker publishes that. See outrider outbox parked. ${scaled.reason ?? ''}`.trim()
    : (scaled.reason ?? 'The lag is as wanted.');
  return condition(known, resource.metadata, now, 'LagNotFalling', status, { reason, message });
}
