import { errorText, pause, type Log } from '@outrider/common';
import type { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';
import { pathOf, type KubernetesObject, type Resource } from './objects.js';

export const LEASE: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };

export interface ElectionTimes {
  /** others take the lease when it was not renewed for so long */
  readonly leaseMs: number;
  /** who did not renew it for so long writes nothing more; shorter than the lease by what clocks and networks may need */
  readonly deadlineMs: number;
  /** between two renewals, or two tries to get it */
  readonly retryMs: number;
}

export const ELECTION_TIMES: ElectionTimes = { leaseMs: 15_000, deadlineMs: 10_000, retryMs: 4_000 };

export interface ElectionPlace {
  readonly namespace: string;
  readonly name: string;
  /** who this process is; no two that run have the same */
  readonly identity: string;
}

/** The right to write, which ends by itself. */
export interface Leadership {
  /** aborted once it is lost */
  readonly signal: AbortSignal;
  /** how long it lasts unless it is renewed, in ms, by this process's own clock; 0 or less: it is over */
  remainingMs(): number;
}

interface LeaseObject extends KubernetesObject {
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/**
 * Makes one of several processes the one that writes. Times in the lease are for people: who waits measures by his own
 * clock how long it did not change, so clocks that differ do no harm.
 */
export class LeaderElection {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** the lease as it was last seen, and when it was first seen so */
  #seen: { readonly version: string; readonly atMs: number } | undefined;
  #lease: LeaseObject | undefined;
  /** what is known of the lease may be out of date */
  #doubtful = true;

  constructor(
    private readonly client: ApiClient,
    private readonly place: ElectionPlace,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly times: ElectionTimes = ELECTION_TIMES,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    if (times.deadlineMs >= times.leaseMs) throw new RangeError('the deadline must be before the end of the lease');
  }

  /**
   * @param lead works until its signal is aborted, then resolves; called each time that this process comes to lead
   */
  start(lead: (leadership: Leadership) => Promise<void>): void {
    this.#running ??= this.#run(lead);
  }

  /** Ends what leads, then gives the lease back, so that another takes it at once. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(lead: (leadership: Leadership) => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const since = await this.#attempt();
      if (since === undefined) await pause(this.times.retryMs * (0.8 + Math.random() * 0.4), signal);
      else await this.#lead(since, lead);
    }
  }

  async #lead(since: number, lead: (leadership: Leadership) => Promise<void>): Promise<void> {
    this.log.info({ identity: this.place.identity }, 'leads');
    const lost = new AbortController();
    let renewedAt = since;
    const remainingMs = (): number => (lost.signal.aborted ? 0 : renewedAt + this.times.deadlineMs - this.nowMs());
    const work = lead({ signal: lost.signal, remainingMs }).catch((error: unknown) =>
      this.log.warn({ error: errorText(error) }, 'what leads ended with an error'),
    );
    while (!this.#stop.signal.aborted && remainingMs() > 0) {
      await pause(Math.min(this.times.retryMs, Math.max(0, remainingMs())), this.#stop.signal);
      if (this.#stop.signal.aborted || remainingMs() <= 0) break;
      const renewed = await this.#attempt(remainingMs());
      if (renewed !== undefined) renewedAt = renewed;
      else if (!this.#doubtful && this.#holder() !== this.place.identity) break;
    }
    const stopped = this.#stop.signal.aborted;
    // before it is given back: what is under way may be answered yet, nothing more begins
    lost.abort(new Error('leadership is over'));
    await work;
    if (stopped) await this.#release();
    else this.log.warn({ identity: this.place.identity, holder: this.#holder() }, 'leads no more');
  }

  #holder(): string {
    return this.#lease?.spec.holderIdentity ?? '';
  }

  /**
   * Gets or renews the lease.
   * @returns the time, by this process's clock, from which it counts; undefined when another one has it, or none answered
   */
  async #attempt(timeoutMs = this.times.deadlineMs): Promise<number | undefined> {
    const since = this.nowMs();
    const left = (): number => Math.max(1, Math.min(timeoutMs, this.times.deadlineMs) - (this.nowMs() - since));
    try {
      // what is known of it may be old: the second time it was read just before
      return (await this.#write(left)) || (await this.#write(left)) ? since : undefined;
    } catch (error) {
      this.#doubtful = true;
      this.log.warn({ error: errorText(error) }, 'the lease could not be read or renewed');
      return undefined;
    }
  }

  /** @returns false when another one has it, or was quicker */
  async #write(left: () => number): Promise<boolean> {
    const { namespace, name, identity } = this.place;
    const current = this.#doubtful || this.#holder() !== identity ? await this.#read(left()) : this.#lease;
    const holder = current?.spec.holderIdentity ?? '';
    if (current !== undefined && holder !== '' && holder !== identity && !this.#isOver(current)) return false;
    try {
      this.#saw(
        await this.client.request<LeaseObject>({
          timeoutMs: left(),
          method: current === undefined ? 'POST' : 'PUT',
          path: pathOf(LEASE, namespace, current === undefined ? undefined : name),
          // the version in it makes the write fail when another one was quicker
          body: { ...this.#object(current), metadata: current?.metadata ?? { namespace, name } },
        }),
      );
      return true;
    } catch (error) {
      this.#doubtful = true;
      if (error instanceof ApiError && (error.conflict || error.alreadyExists)) return false;
      throw error;
    }
  }

  async #read(timeoutMs: number): Promise<LeaseObject | undefined> {
    const { namespace, name } = this.place;
    try {
      const path = pathOf(LEASE, namespace, name);
      const read = await this.client.request<LeaseObject>({ timeoutMs, method: 'GET', path });
      this.#saw(read);
      return read;
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) throw error;
      this.#lease = undefined;
      return undefined;
    }
  }

  #saw(lease: LeaseObject): void {
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, atMs: this.nowMs() };
    this.#lease = lease;
    this.#doubtful = false;
  }

  /** It did not change for as long as it says that it lasts. */
  #isOver({ spec }: LeaseObject): boolean {
    const leaseMs = (spec.leaseDurationSeconds ?? 0) * 1_000;
    return this.#seen !== undefined && this.nowMs() - this.#seen.atMs > Math.max(leaseMs, this.times.leaseMs);
  }

  #object(before: LeaseObject | undefined): Omit<LeaseObject, 'metadata'> {
    const now = new Date().toISOString().replace('Z', '000Z');
    const same = before?.spec.holderIdentity === this.place.identity;
    return {
      apiVersion: LEASE.apiVersion,
      kind: LEASE.kind,
      spec: {
        holderIdentity: this.place.identity,
        leaseDurationSeconds: Math.ceil(this.times.leaseMs / 1_000),
        acquireTime: same ? (before.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (before?.spec.leaseTransitions ?? 0) + (same || before === undefined ? 0 : 1),
      },
    };
  }

  async #release(): Promise<void> {
    const lease = this.#lease;
    if (lease?.spec.holderIdentity !== this.place.identity) return;
    try {
      const spec = { ...this.#object(lease).spec, holderIdentity: '', leaseDurationSeconds: 1 };
      const body = { ...lease, spec };
      const path = pathOf(LEASE, this.place.namespace, this.place.name);
      this.#saw(await this.client.request({ method: 'PUT', path, body, timeoutMs: 2_000 }));
    } catch (error) {
      this.log.warn({ error: errorText(error) }, 'the lease could not be given back: it ends by itself');
    }
  }
}
