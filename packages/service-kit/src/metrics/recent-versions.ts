import type { Metric } from 'prom-client';

const DAY_MS = 86_400_000;

interface Removable {
  remove(labels: object): void;
}

/**
 * The series of a metric that carry the version of a process. Each release adds some, so those of which nothing was
 * counted for a day are dropped; those of this process's own version stay.
 */
export class RecentVersions {
  readonly #last = new Map<string, { readonly labels: object; readonly version: string; atMs: number }>();

  constructor(
    private readonly own: string,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** To be called with each event that is counted. */
  counted(labels: object, version: string): void {
    this.#last.set(JSON.stringify(labels), { labels, version, atMs: this.nowMs() });
  }

  /** To be called before each scrape. */
  dropOld(metric: Pick<Metric, never> & Removable): void {
    for (const [key, { labels, version, atMs }] of this.#last) {
      if (version === this.own || this.nowMs() - atMs < DAY_MS) continue;
      metric.remove(labels);
      this.#last.delete(key);
    }
  }
}
