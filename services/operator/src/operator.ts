import { errorText, type Log } from '@outrider/common';
import { applyPlan, type Outcome, type Planned } from './apply/apply-plan.js';
import { FencedWriter, LeadershipLostError, WorkQueue, type ApiClient, type Leadership } from './kubernetes/index.js';
import { keyOfText, textOfKey, type ClusterView, type ResourceKey } from './observe/cluster-view.js';
import { KINDS } from './observe/kinds.js';
import type { Measures } from './observe/measures.js';
import { observeService, observeWorkers } from './observe/observe.js';
import type { OperatorMetrics, ReconcileOutcome } from './operator-metrics.js';
import type { Action, Plan } from './plan/actions.js';
import type { Refusal } from './plan/observed.js';
import { planService } from './plan/service/plan.js';
import { planWorkers } from './plan/workers/plan.js';

export interface OperatorParts {
  readonly client: ApiClient;
  readonly view: ClusterView;
  readonly measures: Measures;
  readonly metrics: Pick<OperatorMetrics, 'reconciled' | 'carriedOut' | 'judged'>;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn' | 'error'>;
  /** which process this is, for events */
  readonly instance: string;
}

/** How many resources are worked on at once. */
const WORKERS = 4;
/** What was planned on something that has changed is planned again after this: the change is on its way. */
const STALE_MS = 250;
/** An Event that could not be written is tried again after this. */
const UNANNOUNCED_MS = 10_000;
/** What the API server refuses is asked again after this: a quota or a rule of the cluster may have changed. */
const REFUSED_MS = 60_000;

interface Refused {
  readonly generation: number | undefined;
  readonly refusal: Refusal;
}

/**
 * Looks at resources, plans what is to be done and does it, for as long as this process leads. Everything that it knows
 * is in the cluster: another process, or the same one after a crash, goes on where it ended.
 */
export class Operator {
  #queue: WorkQueue | undefined;
  readonly #refused = new Map<string, Refused>();

  constructor(private readonly parts: OperatorParts) {
    parts.view.onChange((key, uid, gone) => this.#changed(key, uid, gone));
  }

  /** How many resources wait to be looked at. */
  get depth(): number {
    return this.#queue?.depth ?? 0;
  }

  /** Whether this process is the one that writes. */
  get leads(): boolean {
    return this.#queue !== undefined;
  }

  /** Works until leadership is lost. Resolves when nothing of it goes on. */
  async lead(leadership: Leadership): Promise<void> {
    const { client, view, log } = this.parts;
    const { signal } = leadership;
    const lost = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    // a plan that does not see everything would make again what is there
    await Promise.race([view.complete, lost]);
    if (signal.aborted) return;
    const writer = new FencedWriter(client, leadership, (resource, object) => view.written(resource, object));
    const queue = new WorkQueue(
      (key) => this.#reconcile(key, writer),
      WORKERS,
      (key, error) => {
        if (error instanceof LeadershipLostError) log.info({ key }, 'left to the process that leads now');
        else log.warn({ key, error: errorText(error) }, 'a resource is looked at again later');
      },
    );
    this.#queue = queue;
    for (const key of view.resources()) queue.add(textOfKey(key));
    await lost;
    this.#queue = undefined;
    await queue.close();
  }

  #changed(key: ResourceKey, uid: string, gone: boolean): void {
    const text = textOfKey(key);
    if (gone) {
      this.#refused.delete(text);
      this.parts.measures.forget(uid);
    }
    this.#queue?.add(text);
  }

  async #reconcile(text: string, writer: FencedWriter): Promise<number | undefined> {
    const { metrics } = this.parts;
    const key = keyOfText(text);
    const begun = performance.now();
    let outcome: ReconcileOutcome = 'failed';
    try {
      const { again, result } = await (key.kind === 'CommerceService'
        ? this.#reconcileService(text, key, writer)
        : this.#reconcileWorkers(text, key, writer));
      outcome = result;
      return again;
    } finally {
      metrics.reconciled(key.kind, outcome, (performance.now() - begun) / 1_000);
    }
  }

  async #reconcileService(text: string, { namespace, name }: ResourceKey, writer: FencedWriter): Promise<Reconciled> {
    const { view, measures, metrics } = this.parts;
    const cached = view.services.get(`${namespace}/${name}`);
    if (cached === undefined) return this.#gone(text);
    const measured = await measures.ofService(cached);
    // it may have changed while pods were read
    const resource = view.services.get(`${namespace}/${name}`);
    if (resource === undefined) return this.#gone(text);
    const generation = resource.metadata.generation;
    const observed = observeService(view, resource, measured, this.#refusals(text, generation));
    const plan = planService(observed, Date.now());
    const versions = versionsOf({
      ControllerRevision: observed.revisions,
      Deployment: observed.deployments,
      Job: observed.jobs,
    });
    for (const { status } of plan.actions.filter((action) => action.kind === 'status')) {
      const { verdict, reason } = status.analysis ?? {};
      if (verdict !== undefined && reason !== undefined && resource.status?.analysis?.reason !== reason) {
        metrics.judged(verdict, reason);
      }
    }
    return this.#carryOut(text, { resource: KINDS.CommerceService, object: resource, seen: versions }, plan, writer);
  }

  async #reconcileWorkers(text: string, { namespace, name }: ResourceKey, writer: FencedWriter): Promise<Reconciled> {
    const { view, measures } = this.parts;
    const cached = view.workers.get(`${namespace}/${name}`);
    if (cached === undefined) return this.#gone(text);
    const measured = await measures.ofWorkers(cached);
    const resource = view.workers.get(`${namespace}/${name}`);
    if (resource === undefined) return this.#gone(text);
    const generation = resource.metadata.generation;
    const observed = observeWorkers(view, resource, measured, this.#refusals(text, generation));
    const plan = planWorkers(observed, Date.now());
    const versions = versionsOf({ Deployment: observed.deployments });
    return this.#carryOut(text, { resource: KINDS.OutboxWorker, object: resource, seen: versions }, plan, writer);
  }

  async #carryOut<Status>(
    text: string,
    planned: Planned,
    { actions, again }: Plan<Status>,
    writer: FencedWriter,
  ): Promise<Reconciled> {
    const { log, instance, metrics } = this.parts;
    if (actions.length === 0) return { again, result: 'done' };
    const kinds = actions.map(({ kind }: Action<Status>) => kind);
    log.debug({ key: text, actions: kinds }, 'carries out a plan');
    const outcome = await applyPlan(writer, planned, actions, instance, (action) => metrics.carriedOut(action));
    return this.#conclude(text, planned, outcome, again);
  }

  #conclude(text: string, { object }: Planned, outcome: Outcome, again: number | undefined): Reconciled {
    const { log } = this.parts;
    switch (outcome.kind) {
      case 'done':
        this.#refused.delete(text);
        return { again, result: 'done' };
      case 'unannounced':
        this.#refused.delete(text);
        log.warn({ key: text, reason: outcome.reason }, 'an Event cannot be written: tried again later');
        return { again: Math.min(again ?? UNANNOUNCED_MS, UNANNOUNCED_MS), result: 'failed' };
      case 'stale':
        log.debug({ key: text, reason: outcome.reason }, 'is planned again: something has changed');
        return { again: STALE_MS, result: 'stale' };
      case 'refused': {
        const { refusal } = outcome;
        const { generation } = object.metadata;
        const known = this.#refused.get(text);
        // what is said of it may differ each time
        const isNew = known?.refusal.name !== refusal.name || known.generation !== generation;
        if (known?.refusal.message !== refusal.message || isNew) {
          log.warn({ key: text, ...refusal }, 'the API server refuses an object');
        }
        this.#refused.set(text, { generation, refusal });
        // the plan that follows says so in the status
        return { again: isNew ? 0 : Math.min(again ?? REFUSED_MS, REFUSED_MS), result: 'refused' };
      }
    }
  }

  #refusals(text: string, generation: number | undefined): readonly Refusal[] {
    const refused = this.#refused.get(text);
    return refused?.generation === generation && refused !== undefined ? [refused.refusal] : [];
  }

  #gone(text: string): Reconciled {
    this.#queue?.forget(text);
    return { again: undefined, result: 'done' };
  }
}

interface Reconciled {
  /** ms until it is looked at again, whatever happens */
  readonly again: number | undefined;
  readonly result: ReconcileOutcome;
}

function versionsOf(
  objects: Readonly<
    Record<string, readonly { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[]>
  >,
): Planned['seen'] {
  return (kind, name) => objects[kind]?.find(({ metadata }) => metadata.name === name)?.metadata.resourceVersion;
}
