import { RolloutCount, ROLLOUT_METRICS } from '../measure/rollout-count.js';
import { checkCounters, type PodReading } from '../measure/pod-reading.js';
import type { Scrape } from '../measure/scrape.js';
import { WorkersCount, WORKER_METRICS } from '../measure/workers-count.js';
import type { CommerceService } from '../api/commerce-service.js';
import type { OutboxWorker } from '../api/outbox-worker.js';
import { counting } from '../plan/counting-key.js';
import { milliseconds } from '../plan/duration.js';
import type { Measured, WorkersMeasured } from '../plan/observed.js';
import type { ClusterView } from './cluster-view.js';
import { targetOf, unread, type Pod } from './pod.js';

/** A look that is asked for a little before its time is taken. */
const EARLY = 0.9;
const INSTANCE = 'app.kubernetes.io/instance';

interface Rollout {
  readonly count: RolloutCount;
  measured: Measured | undefined;
  lookedAt: number;
}

interface Workers {
  readonly count: WorkersCount;
  measured: WorkersMeasured | undefined;
  lookedAt: number;
}

/** What was counted of each roll-out that is under way, and of workers that are scaled: looked at in intervals. */
export class Measures {
  readonly #rollouts = new Map<string, Rollout>();
  readonly #workers = new Map<string, Workers>();

  constructor(
    private readonly view: ClusterView,
    private readonly scrape: Scrape,
    /** notified of a pod that does not show its metrics */
    private readonly failed: (pod: Pod, error: unknown) => void,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** @returns undefined while nothing is compared */
  async ofService(resource: CommerceService): Promise<Measured | undefined> {
    const { uid, namespace, name } = resource.metadata;
    const counted = counting(resource);
    if (counted === undefined) {
      this.#rollouts.delete(uid);
      return undefined;
    }
    let rollout = this.#rollouts.get(uid);
    if (rollout === undefined || rollout.count.key !== counted.key) {
      rollout = { count: new RolloutCount(counted), measured: undefined, lookedAt: -Infinity };
      this.#rollouts.set(uid, rollout);
    }
    const { container, rollout: spec, template } = resource.spec;
    if (!this.#isDue(rollout.lookedAt, spec.analysis.interval)) return rollout.measured;
    rollout.lookedAt = this.nowMs();
    const instance = template.metadata?.labels?.[INSTANCE];
    const [own, order, reconciler] = await Promise.all([
      this.#read(this.view.podsOf({ kind: 'CommerceService', namespace, name }), container, ROLLOUT_METRICS),
      this.#read(this.view.peersOf(namespace, instance, 'order'), 'order', ROLLOUT_METRICS),
      this.#read(this.view.peersOf(namespace, instance, 'reconciler'), 'reconciler', ROLLOUT_METRICS),
    ]);
    rollout.count.add({ own, order, reconciler });
    const evidence = rollout.count.evidence();
    rollout.measured = evidence && { key: rollout.count.key, at: rollout.lookedAt, evidence };
    return rollout.measured;
  }

  /** @returns undefined where nobody scales by it */
  async ofWorkers(resource: OutboxWorker): Promise<WorkersMeasured | undefined> {
    const { uid, namespace, name } = resource.metadata;
    const { container, scaling } = resource.spec;
    if (scaling === undefined) {
      this.#workers.delete(uid);
      return undefined;
    }
    let workers = this.#workers.get(uid);
    if (workers === undefined) {
      workers = { count: new WorkersCount(), measured: undefined, lookedAt: -Infinity };
      this.#workers.set(uid, workers);
    }
    if (!this.#isDue(workers.lookedAt, scaling.interval)) return workers.measured;
    workers.lookedAt = this.nowMs();
    const pods = await this.#read(
      this.view.podsOf({ kind: 'OutboxWorker', namespace, name }),
      container,
      WORKER_METRICS,
    );
    workers.measured = workers.count.add(pods, workers.lookedAt);
    return workers.measured;
  }

  /** The resource is gone. */
  forget(uid: string): void {
    this.#rollouts.delete(uid);
    this.#workers.delete(uid);
  }

  #isDue(lookedAt: number, interval: string): boolean {
    return this.nowMs() - lookedAt >= milliseconds(interval) * EARLY;
  }

  #read(pods: readonly Pod[], container: string, names: ReadonlySet<string>): Promise<PodReading[]> {
    return Promise.all(
      pods.map(async (pod) => {
        const known = unread(pod, container);
        const target = targetOf(pod, container);
        if (!known.running || target === undefined) return { ...known, series: undefined };
        try {
          const series = await this.scrape(target, names);
          checkCounters(series);
          return { ...known, series };
        } catch (error) {
          this.failed(pod, error);
          return { ...known, series: undefined };
        }
      }),
    );
  }
}
