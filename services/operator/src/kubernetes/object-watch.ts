import { backoffMs, errorText, pause, type Log } from '@outrider/common';
import type { ApiClient } from './api-client.js';
import { ApiError, apiErrorOf } from './api-error.js';
import type { ObjectCache } from './object-cache.js';
import { pathOf, type KubernetesObject, type Resource } from './objects.js';

/** Why a watch was begun again before its time: for metrics and logs. */
export type RestartReason = 'expired' | 'silent' | 'failed';

export interface WatchedObjects<T extends KubernetesObject> {
  readonly resource: Resource;
  /** undefined: those of all namespaces */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** what of an object is kept in memory */
  readonly keep?: (object: T) => T;
}

export interface WatchTimes {
  /** the server ends each watch after this, up to half as much again, so that watches of many do not begin together */
  readonly watchSeconds: number;
  /** a watch without a byte for so long is broken: the server sends a bookmark about once a minute */
  readonly silentMs: number;
  /** before everything is listed again, up to this: not all clients at once after the server was restarted */
  readonly relistJitterMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
}

export const WATCH_TIMES: WatchTimes = {
  watchSeconds: 240,
  silentMs: 100_000,
  relistJitterMs: 2_000,
  firstBackoffMs: 200,
  longestBackoffMs: 30_000,
};

const PAGE = 500;
/**
 * After so many answers in a row that say no, everything is listed again: the version that the watch asks for may be the
 * reason. No answer at all says nothing about the version.
 */
const REFUSALS_BEFORE_LIST = 3;
/** A watch that the server ends so soon, without an event, has failed as well: else it would be asked at full speed. */
const SHORTEST_WATCH_MS = 1_000;

interface WatchEvent<T> {
  readonly type: string;
  readonly object: T & { readonly message?: string; readonly code?: number };
}

/**
 * Keeps a cache as the API server has it: lists once, then watches, for as long as the process runs. Whatever ends a
 * watch (its time, a broken connection, one over which nothing comes any more, history that is no longer kept), it is
 * begun again.
 */
export class ObjectWatch<T extends KubernetesObject> {
  readonly #stop = new AbortController();
  #version: string | undefined;
  #listed: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** resolves once the cache holds what there was at the beginning */
  readonly synced: Promise<void>;

  constructor(
    private readonly client: ApiClient,
    private readonly watched: WatchedObjects<T>,
    private readonly cache: ObjectCache<T>,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly restarted: (reason: RestartReason) => void = () => undefined,
    private readonly times: WatchTimes = WATCH_TIMES,
  ) {
    this.synced = new Promise((resolve) => (this.#listed = resolve));
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    let refusals = 0;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
        failures = refusals = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures = error instanceof Silent ? 0 : failures + 1;
        refusals = error instanceof ApiError && error.status !== 429 ? refusals + 1 : 0;
        await this.#recover(error, failures, refusals >= REFUSALS_BEFORE_LIST);
      }
    }
  }

  async #recover(error: unknown, failures: number, refused: boolean): Promise<void> {
    const reason = reasonOf(error);
    this.restarted(reason);
    this.log.warn({ kind: this.watched.resource.kind, reason, error: errorText(error) }, 'a watch is begun again');
    const { firstBackoffMs, longestBackoffMs, relistJitterMs } = this.times;
    // a server that was restored from a backup is silent until it counts as far as the version that it is asked for
    const listAgain = refused || error instanceof Silent || (error instanceof ApiError && !error.temporary);
    if (listAgain) this.#version = undefined;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const jitter = listAgain ? Math.random() * relistJitterMs : 0;
    const backoff = failures === 0 ? 0 : backoffMs(failures, firstBackoffMs, longestBackoffMs);
    await pause(Math.max(asked, backoff) + jitter, this.#stop.signal);
  }

  async #list(): Promise<void> {
    const { resource, namespace, labelSelector, keep } = this.watched;
    const objects: T[] = [];
    let next: string | undefined;
    let version = '';
    do {
      const page: List<T> = await this.client.request({
        method: 'GET',
        path: pathOf(resource, namespace),
        query: { limit: PAGE, labelSelector, continue: next },
        signal: this.#stop.signal,
      });
      for (const object of page.items) objects.push(keep === undefined ? object : keep(object));
      version = page.metadata.resourceVersion;
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    this.cache.replace(objects, version);
    this.#version = version;
    this.#listed?.();
  }

  async #watch(): Promise<void> {
    const { resource, namespace, labelSelector } = this.watched;
    const { watchSeconds, silentMs } = this.times;
    const silent = new AbortController();
    const watchdog = setTimeout(() => silent.abort(), silentMs);
    const begun = performance.now();
    let events = 0;
    try {
      const lines = this.client.lines({
        method: 'GET',
        path: pathOf(resource, namespace),
        query: {
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: this.#version,
          timeoutSeconds: Math.round(watchSeconds * (1 + Math.random() / 2)),
          labelSelector,
        },
        signal: AbortSignal.any([this.#stop.signal, silent.signal]),
      });
      for await (const line of lines) {
        watchdog.refresh();
        this.#apply(JSON.parse(line) as WatchEvent<T>);
        events += 1;
      }
    } catch (error) {
      if (silent.signal.aborted) throw new Silent(`nothing came for ${silentMs} ms`);
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
    if (events === 0 && performance.now() - begun < SHORTEST_WATCH_MS) throw new Error('the watch ended at once');
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') throw apiErrorOf(object.code ?? 500, JSON.stringify(object));
    const { resourceVersion } = object.metadata;
    if (resourceVersion === undefined) throw new Error(`an event without a version: ${type}`);
    const kept = (): T => (this.watched.keep === undefined ? object : this.watched.keep(object));
    if (type === 'BOOKMARK') this.cache.bookmark(resourceVersion);
    else if (type === 'DELETED') this.cache.deleted(kept());
    else this.cache.shown(kept());
    this.#version = resourceVersion;
  }
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** The connection is there, and nothing comes over it. */
class Silent extends Error {
  override readonly name = 'Silent';
}

function reasonOf(error: unknown): RestartReason {
  if (error instanceof Silent) return 'silent';
  return error instanceof ApiError && error.expired ? 'expired' : 'failed';
}
