import type { Counts, Evidence } from '@outrider/judge';
import { NO_COUNTS } from '@outrider/judge';

import type { CommerceService, CommerceServiceSpec, CommerceServiceStatus } from '../api/commerce-service.js';
import { commandAnnotation, FIELD_MANAGER, type CommandName } from '../api/names.js';
import type { ControllerRevision, Deployment, Job, Json, PodTemplate } from '../api/objects.js';
import type { Action } from '../plan/actions.js';
import { counting } from '../plan/counting-key.js';
import type { ObservedService } from '../plan/observed.js';
import { dataOf, revisionOf } from '../plan/revision.js';
import { planService } from '../plan/service/plan.js';

/** How the pods of a version behave. */
export interface Version {
  readonly image: string;
  /** the image of its migration, where that is another one */
  readonly migration?: string;
  readonly starts: boolean;
  readonly migrates: boolean;
  readonly works: 'well' | 'badly' | 'unread';
}

const START = Date.parse('2026-01-01T00:00:00.000Z');

/**
 * A cluster in memory, as far as a plan can tell: it does what a Deployment controller, a Job controller and a kubelet
 * do, one thing at a time.
 */
export class World {
  now = START;
  private uids = 0;
  resource: CommerceService;
  readonly deployments = new Map<string, { object: Deployment; ready: number }>();
  /** pods that were told to end and still work, by revision; no Deployment counts them any more */
  readonly ending = new Map<string, number>();
  readonly jobs = new Map<string, Job>();
  /** pods of Jobs that do not run */
  jobPods: readonly Pick<ObservedService['pods'][number], 'name' | 'problem'>[] = [];
  readonly revisions = new Map<string, ControllerRevision>();
  readonly events = new Map<string, { readonly reason: string; readonly message: string }>();

  constructor(
    readonly versions: readonly Version[],
    spec: Partial<CommerceServiceSpec> = {},
  ) {
    this.resource = {
      metadata: { name: 'order', namespace: 'shop', uid: 'service', resourceVersion: '1', generation: 1 },
      spec: { ...SPEC, ...spec, ...this.templates(0) },
    };
  }

  get status(): CommerceServiceStatus {
    return this.resource.status ?? {};
  }

  private templates(version: number): Pick<CommerceServiceSpec, 'template' | 'migration'> {
    const { image = 'none', migration = image } = this.versions[version] ?? {};
    return {
      template: pod(image),
      migration: {
        template: pod(migration, ['migrate']),
        contract: { args: ['migrate', '--contract'] },
        deadline: '1h',
        backoffLimit: 3,
      },
    };
  }

  revision(version: number): string {
    return revisionOf(dataOf({ ...this.resource.spec, ...this.templates(version) }));
  }

  private versionOf(revision: string): Version | undefined {
    return this.versions.find((_, index) => this.revision(index) === revision);
  }

  /** What people and programs do. */
  edit(fields: Partial<CommerceServiceSpec>): void {
    const { metadata, spec } = this.resource;
    const generation = (metadata.generation ?? 0) + 1;
    this.resource = { ...this.resource, metadata: { ...metadata, generation }, spec: { ...spec, ...fields } };
  }

  release(version: number): void {
    this.edit(this.templates(version));
  }

  say(command: CommandName, revision: string): void {
    const { metadata } = this.resource;
    const annotations = { ...metadata.annotations, [commandAnnotation(command)]: revision };
    this.resource = { ...this.resource, metadata: { ...metadata, annotations } };
  }

  scaleByHand(revision: string, replicas: number): void {
    const found = this.deployments.get(revision);
    if (found === undefined) return;
    const { metadata, spec } = found.object;
    const managedFields = [
      { manager: 'kubectl', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    this.setDeployment(revision, { ...metadata, managedFields }, { ...spec, replicas }, found.ready);
  }

  /** A pod ends, and that is known: a plan can only promise what it is able to see. */
  killPod(revision: string): void {
    const found = this.deployments.get(revision);
    if (found?.object.status === undefined) return;
    found.ready = Math.max(0, found.ready - 1);
    const { status } = found.object;
    found.object = {
      ...found.object,
      status: { ...status, readyReplicas: Math.min(found.ready, status.readyReplicas ?? 0) },
    };
  }

  observe(): ObservedService {
    return structuredClone({
      resource: this.resource,
      revisions: [...this.revisions.values()],
      deployments: [...this.deployments.values()].map(({ object }) => object),
      jobs: [...this.jobs.values()],
      pods: this.pods(),
      measured: this.measured(),
      refusals: [],
    });
  }

  private pods(): ObservedService['pods'] {
    const ending = [...this.ending].flatMap(([revision, count]) =>
      Array.from({ length: count }, (_, index) => ({ name: `order-${revision}-ending-${index}`, revision })),
    );
    return [
      ...[...this.deployments].flatMap(([revision, { object, ready }]) =>
        Array.from({ length: object.spec.replicas ?? 0 }, (_, index) => ({
          name: `order-${revision}-${index}`,
          revision,
          job: undefined,
          ready: index < ready,
          terminating: false,
          ended: false,
          problem: index < ready ? undefined : { reason: 'ImagePullBackOff', message: 'no such image' },
        })),
      ),
      ...this.jobPods.map((one) => ({
        ...one,
        revision: undefined,
        job: 'expand',
        ready: false,
        terminating: false,
        ended: false,
      })),
      ...ending.map((one) => ({
        ...one,
        job: undefined,
        ready: false,
        terminating: true,
        ended: false,
        problem: undefined,
      })),
    ];
  }

  private measured(): ObservedService['measured'] {
    const counted = counting(this.resource);
    if (counted === undefined) return undefined;
    const version = this.versionOf(counted.canary);
    if (version === undefined || version.works === 'unread') return undefined;
    if ((this.deployments.get(counted.canary)?.ready ?? 0) === 0) return undefined;
    const at = Date.parse(this.status.rollout?.stepStartedAt ?? '');
    return { key: counted.key, at, evidence: version.works === 'well' ? GOOD : BAD };
  }

  /** Plans once. @param upTo how many actions are carried out before the operator crashes */
  plan(
    upTo = Number.POSITIVE_INFINITY,
    each?: (action: Action<CommerceServiceStatus>, done: () => void) => void,
  ): number {
    const { actions } = planService(this.observe(), this.now);
    for (const action of actions.slice(0, upTo)) {
      if (each === undefined) this.carryOut(action);
      else each(action, () => this.carryOut(action));
    }
    return actions.length;
  }

  carryOut(action: Action<CommerceServiceStatus>): void {
    switch (action.kind) {
      case 'status':
        this.resource = { ...this.resource, status: json(action.status) };
        return;
      case 'event':
        this.events.set(action.key, { reason: action.reason, message: action.message });
        return;
      case 'removeAnnotation': {
        const { metadata } = this.resource;
        const { [action.name]: _taken, ...annotations } = metadata.annotations ?? {};
        this.resource = { ...this.resource, metadata: { ...metadata, annotations } };
        return;
      }
      case 'delete':
        for (const kept of [this.deployments, this.jobs, this.revisions]) {
          for (const [key, value] of kept) {
            const { metadata } = 'object' in value ? value.object : value;
            if (metadata.uid === action.uid) kept.delete(key);
          }
        }
        return;
      case 'apply':
        this.apply(json(action.object) as never);
    }
  }

  private apply(object: { kind: string; metadata: Job['metadata'] } & Record<string, Json>): void {
    const { name, labels = {} } = object.metadata;
    const revision = labels['commerce.outrider.dev/revision'] ?? '';
    if (object.kind === 'Deployment') {
      const found = this.deployments.get(revision);
      const { annotations = {} } = object.metadata;
      const metadata = {
        ...object.metadata,
        ...(found === undefined ? this.made() : found.object.metadata),
        annotations: { ...found?.object.metadata.annotations, ...annotations },
      };
      const managedFields = [
        { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ];
      this.setDeployment(
        revision,
        { ...metadata, managedFields },
        object['spec'] as Deployment['spec'],
        found?.ready ?? 0,
      );
    } else if (object.kind === 'Job') {
      if (this.jobs.has(name)) throw new Error(`Job ${name} is there and cannot be changed`);
      this.jobs.set(name, { metadata: { ...object.metadata, ...this.made() }, spec: object['spec'] as Job['spec'] });
    } else {
      const { revision: number, data } = object;
      this.revisions.set(revision, {
        metadata: { ...object.metadata, ...this.made() },
        revision: Number(number),
        data: data ?? null,
      });
    }
  }

  private made() {
    this.uids += 1;
    return { uid: `uid-${this.uids}`, resourceVersion: '1', generation: 0 };
  }

  private setDeployment(
    revision: string,
    metadata: Deployment['metadata'],
    spec: Deployment['spec'],
    ready: number,
  ): void {
    const generation = (metadata.generation ?? 0) + 1;
    const status = this.deployments.get(revision)?.object.status;
    this.deployments.set(revision, {
      object: { metadata: { ...metadata, generation }, spec, ...(status && { status }) },
      ready,
    });
    this.limitReady(revision);
  }

  /** Pods that are too many are told to end at once, those that are not ready first. */
  private limitReady(revision: string): void {
    const found = this.deployments.get(revision);
    if (found === undefined) return;
    const left = Math.min(found.ready, found.object.spec.replicas ?? 0);
    this.ending.set(revision, (this.ending.get(revision) ?? 0) + found.ready - left);
    found.ready = left;
  }

  /** One step of the cluster: a pod of each revision becomes ready, those that were told to end have, Jobs end, statuses follow. */
  tick(): void {
    this.ending.clear();
    for (const [revision, found] of this.deployments) {
      const { metadata, spec } = found.object;
      const wanted = spec.replicas ?? 0;
      if (this.versionOf(revision)?.starts === true) found.ready = Math.min(wanted, found.ready + 1);
      const { ready } = found;
      const status = { replicas: wanted, readyReplicas: ready, updatedReplicas: wanted };
      found.object = { metadata, spec, status: { ...status, observedGeneration: metadata.generation ?? 0 } };
    }
    for (const [name, job] of this.jobs) {
      if (job.status !== undefined) continue;
      const version = this.versionOf(job.metadata.labels?.['commerce.outrider.dev/revision'] ?? '');
      const type = version?.migrates === true ? 'Complete' : 'Failed';
      this.jobs.set(name, {
        ...job,
        status: { conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded' }] },
      });
    }
  }

  /** Plans and lets the cluster and time go on, until nothing more happens. @throws Error when it does not come to rest */
  rest(plan: () => number = () => this.plan(), rounds = 2000): void {
    let quiet = 0;
    for (let round = 0; round < rounds; round += 1) {
      const before = JSON.stringify([...this.deployments]);
      const done = plan();
      this.tick();
      this.now += 60_000;
      quiet = done === 0 && before === JSON.stringify([...this.deployments]) ? quiet + 1 : 0;
      // longer than any deadline
      if (quiet > 12) return;
    }
    throw new Error(`It does not come to rest: ${JSON.stringify(this.status)}`);
  }

  /** As `rest`, until something is so. @throws Error when it never is */
  restUntil(is: () => boolean, rounds = 200): void {
    for (let round = 0; round < rounds; round += 1) {
      this.plan();
      this.tick();
      this.now += 10_000;
      if (is()) return;
    }
    throw new Error(`It does not come so far: ${JSON.stringify(this.status)}`);
  }

  wanted(revision: string): number {
    return this.deployments.get(revision)?.object.spec.replicas ?? 0;
  }

  ready(): number {
    return [...this.deployments.values()].reduce((sum, { ready }) => sum + ready, 0);
  }

  condition(type: string): string {
    const found = this.status.conditions?.find((one) => one.type === type);
    return `${found?.status} ${found?.reason}`;
  }

  reasons(): string[] {
    return [...this.events.values()].map(({ reason }) => reason);
  }
}

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const pod = (image: string, args?: string[]): PodTemplate => ({
  metadata: { labels: { 'app.kubernetes.io/name': 'order' } },
  spec: { containers: [{ name: 'order', image, ...(args && { args }) }] },
});

/** As the API server gives back a spec that says nothing but what it must. */
export const SPEC: CommerceServiceSpec = {
  replicas: 3,
  container: 'order',
  template: pod('order:0'),
  paused: false,
  revisionHistoryLimit: 5,
  rollout: {
    steps: [{ replicas: 1, hold: '60s' }],
    onFailure: 'abort',
    readyDeadline: '10m',
    scaleDownDelay: '0s',
    analysis: {
      required: ['orders'],
      minimum: 60,
      level: '0.001',
      doubt: '0.05',
      limits: { restarts: 2, outOfMemoryKills: 0, serverErrorShare: '0.5' },
      interval: '10s',
      unknownFor: '10m',
    },
  },
};

const counts = (completed: number, failed: number): Counts => ({
  ...NO_COUNTS,
  ordersEnded: { COMPLETED: completed, FAILED: failed },
});
const evidence = (canary: Counts): Evidence => ({
  canary,
  stable: counts(190, 10),
  restarts: 0,
  outOfMemoryKills: 0,
  booksDifferences: 0,
});
const GOOD = evidence(counts(95, 5));
const BAD = evidence(counts(20, 40));
