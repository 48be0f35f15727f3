import type { Log } from '@outrider/common';
import type { CommerceService } from '../api/commerce-service.js';
import { OWNER_LABEL } from '../api/names.js';
import type { ControllerRevision, Deployment, Job } from '../api/objects.js';
import type { OutboxWorker } from '../api/outbox-worker.js';
import {
  ObjectCache,
  ObjectWatch,
  type ApiClient,
  type KubernetesObject,
  type Resource,
  type RestartReason,
  type WatchTimes,
} from '../kubernetes/index.js';
import { KINDS, type OwnKind } from './kinds.js';
import { keptOfPod, isOfRevision, ownerOf, type Pod } from './pod.js';
import { withoutManagers } from './without-managers.js';

/** A resource of the operator's, as queues and logs call it. */
export interface ResourceKey {
  readonly kind: OwnKind;
  readonly namespace: string;
  readonly name: string;
}

export const textOfKey = ({ kind, namespace, name }: ResourceKey): string => `${kind}/${namespace}/${name}`;

/** @throws RangeError for a text that `textOfKey` did not make */
export function keyOfText(text: string): ResourceKey {
  const [kind, namespace, name] = text.split('/');
  if ((kind !== 'CommerceService' && kind !== 'OutboxWorker') || namespace === undefined || name === undefined) {
    throw new RangeError(`no key of a resource: ${text}`);
  }
  return { kind, namespace, name };
}

export interface ClusterViewOptions {
  /** the namespace that is watched; undefined: all */
  readonly namespace: string | undefined;
  readonly times?: WatchTimes;
  readonly restarted?: (kind: string, reason: RestartReason) => void;
}

/** Pods by whose counters a roll-out is judged, beside its own. */
const PEERS = 'app.kubernetes.io/part-of=outrider,app.kubernetes.io/name in (order,reconciler)';

/** What the operator knows of the cluster: everything that it looks at is here, as the API server last showed it. */
export class ClusterView {
  readonly services = new ObjectCache<CommerceService>();
  readonly workers = new ObjectCache<OutboxWorker>();
  readonly revisions = new ObjectCache<ControllerRevision>();
  readonly deployments = new ObjectCache<Deployment>();
  readonly jobs = new ObjectCache<Job>();
  readonly pods = new ObjectCache<Pod>();
  readonly peers = new ObjectCache<Pod>();
  readonly #watches: { start(): void; close(): Promise<void>; readonly synced: Promise<void> }[] = [];
  readonly #caches = new Map<string, (written: KubernetesObject) => void>();
  readonly #podsByOwner = new Map<string, Map<string, Pod>>();
  #synced = false;
  /** once it was opened: resolves when everything that was there has been seen */
  complete: Promise<void> | undefined;

  constructor(
    client: ApiClient,
    log: Pick<Log, 'info' | 'warn'>,
    { namespace, times, restarted = () => undefined }: ClusterViewOptions,
  ) {
    const watch = <T extends KubernetesObject>(
      resource: Resource,
      cache: ObjectCache<T>,
      labelSelector?: string,
      keep: (object: T) => T = withoutManagers,
    ): void => {
      const watched = { resource, namespace, labelSelector, keep };
      const report = (reason: RestartReason): void => restarted(resource.kind, reason);
      this.#watches.push(new ObjectWatch(client, watched, cache, log, report, times));
      this.#caches.set(resource.kind, (object) => cache.written(keep(object as T)));
    };
    watch(KINDS.CommerceService, this.services);
    watch(KINDS.OutboxWorker, this.workers);
    watch(KINDS.ControllerRevision, this.revisions, OWNER_LABEL);
    // who else has changed one is read from its managers
    watch(KINDS.Deployment, this.deployments, OWNER_LABEL, (deployment) => deployment);
    watch(KINDS.Job, this.jobs, OWNER_LABEL);
    watch(KINDS.Pod, this.pods, OWNER_LABEL, keptOfPod);
    watch(KINDS.Pod, this.peers, PEERS, keptOfPod);
    this.pods.onChange(({ object, deleted }) => this.#indexPod(object, deleted));
  }

  /** Begins to watch. */
  open(): void {
    for (const watch of this.#watches) watch.start();
    this.complete = Promise.all(this.#watches.map(({ synced }) => synced)).then(() => {
      this.#synced = true;
    });
  }

  /** Whether everything that was there at the beginning has been seen. */
  get synced(): boolean {
    return this.#synced;
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  /** Notified of each resource that may have to be looked at, and of those that are gone. */
  onChange(changed: (key: ResourceKey, uid: string, gone: boolean) => void): void {
    const own = (kind: OwnKind) => (change: { readonly object: KubernetesObject; readonly deleted: boolean }) => {
      const { namespace = '', name, uid = '' } = change.object.metadata;
      changed({ kind, namespace, name }, uid, change.deleted);
    };
    this.services.onChange(own('CommerceService'));
    this.workers.onChange(own('OutboxWorker'));
    const owned = ({ object }: { readonly object: KubernetesObject }): void => {
      const { metadata } = object;
      const name = ownerOf(object);
      if (name === undefined) return;
      const namespace = metadata.namespace ?? '';
      const key = `${namespace}/${name}`;
      const [service, workers] = [this.services.get(key), this.workers.get(key)];
      if (service !== undefined) changed({ kind: 'CommerceService', namespace, name }, service.metadata.uid, false);
      if (workers !== undefined) changed({ kind: 'OutboxWorker', namespace, name }, workers.metadata.uid, false);
    };
    this.revisions.onChange(owned);
    this.deployments.onChange(owned);
    this.jobs.onChange(owned);
    this.pods.onChange(owned);
  }

  /** All resources of the operator's. */
  resources(): ResourceKey[] {
    const keys = (kind: OwnKind, objects: readonly KubernetesObject[]): ResourceKey[] =>
      objects.map(({ metadata: { namespace = '', name } }) => ({ kind, namespace, name }));
    return [...keys('CommerceService', this.services.all()), ...keys('OutboxWorker', this.workers.all())];
  }

  /** Pods of a resource, by its label. One of the other kind may have the same name: only pods of a service are of a revision. */
  podsOf({ kind, namespace, name }: ResourceKey): readonly Pod[] {
    const pods = [...(this.#podsByOwner.get(`${namespace}/${name}`)?.values() ?? [])];
    return pods.filter((pod) => isOfRevision(pod) === (kind === 'CommerceService'));
  }

  /** Pods of a process of the same installation: same namespace, same release. */
  peersOf(namespace: string, instance: string | undefined, process: 'order' | 'reconciler'): readonly Pod[] {
    return this.peers
      .all()
      .filter(
        ({ metadata: { namespace: own, labels = {} } }) =>
          own === namespace &&
          labels['app.kubernetes.io/name'] === process &&
          labels['app.kubernetes.io/instance'] === instance,
      );
  }

  /** Takes over what the API server answered to a write, so that the next plan knows of it. */
  written({ kind }: Resource, object: KubernetesObject): void {
    this.#caches.get(kind)?.(object);
  }

  #indexPod(pod: Pod, deleted: boolean): void {
    const owner = ownerOf(pod);
    if (owner === undefined) return;
    const key = `${pod.metadata.namespace}/${owner}`;
    let pods = this.#podsByOwner.get(key);
    if (pods === undefined) this.#podsByOwner.set(key, (pods = new Map()));
    if (deleted) pods.delete(pod.metadata.name);
    else pods.set(pod.metadata.name, pod);
    if (pods.size === 0) this.#podsByOwner.delete(key);
  }
}
