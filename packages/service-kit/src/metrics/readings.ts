import type { Counter, Registry } from 'prom-client';
import { counter, gauge, type AddUp, type Labels } from './define.js';

/** Scrapes within this time share one statement. */
const FRESH_MS = 1_000;
/** A scrape does not wait longer for a database that does not answer. */
const WAIT_MS = 1_500;

/** Asks a database; undefined when it does not answer, or not in time. */
export type Reading<T> = () => Promise<T | undefined>;

export interface ReadingOptions {
  /** for how long an answer is used again, in milliseconds */
  readonly freshMs?: number;
}

/**
 * Reads of databases for the scrapes of a process: one statement at a time of each kind, however many scrapes come at
 * once. A database that does not answer is left out and counted.
 */
export class Readings {
  readonly #reads: Counter<'database'>;
  readonly #failures: Counter<'database'>;

  /** @param databases the names of all that are read */
  constructor(registry: Registry, databases: readonly string[]) {
    this.#reads = counter(registry, {
      name: 'metrics_reads_total',
      help: 'Reads of a database for scrapes, a statement each',
      labels: { database: databases },
    });
    this.#failures = counter(registry, {
      name: 'metrics_read_failures_total',
      help: 'Reads of a database for a scrape that failed or took too long; what was to be read is absent from that scrape',
      labels: { database: databases },
    });
  }

  of<T>(database: string, read: () => Promise<T>, { freshMs = FRESH_MS }: ReadingOptions = {}): Reading<T> {
    let current: Begun<T> | undefined;
    return async () => {
      if (current === undefined || (!current.running && performance.now() - current.begunMs > freshMs)) {
        const begun = this.#begin(database, read);
        current = begun;
        // a failure is not kept: the next scrape asks again
        void begun.answer.then((answer) => {
          begun.running = false;
          if (answer === undefined && current === begun) current = undefined;
        });
      }
      return current.running ? current.inTime : current.answer;
    };
  }

  #begin<T>(database: string, read: () => Promise<T>): Begun<T> {
    this.#reads.inc({ database });
    let counted = false;
    const failed = (): undefined => {
      if (!counted) this.#failures.inc({ database });
      counted = true;
      return undefined;
    };
    let timer: NodeJS.Timeout | undefined;
    // one timer ends the wait and counts it: no scrape may end before its failure is counted
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(failed()), WAIT_MS);
      timer.unref();
    });
    const answer = read()
      .catch(failed)
      .finally(() => clearTimeout(timer));
    return { answer, inTime: Promise.race([answer, late]), begunMs: performance.now(), running: true };
  }
}

interface Begun<T> {
  /** undefined when the read fails */
  readonly answer: Promise<T | undefined>;
  /** undefined also when the answer is late */
  readonly inTime: Promise<T | undefined>;
  readonly begunMs: number;
  running: boolean;
}

export interface ReadGauge<T, L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  readonly addUp: AddUp;
  /** what of an answer is shown: series with their values */
  readonly rows: (answer: T) => Iterable<readonly [labels: Readonly<Record<L, string>>, value: number]>;
}

/** A gauge that is read from databases at each scrape; absent where there is no answer. */
export function readGauge<T, L extends string = never>(
  registry: Registry,
  readings: readonly Reading<T>[],
  { labels, rows, ...definition }: ReadGauge<T, L>,
): void {
  const made = gauge<L>(registry, {
    ...definition,
    labels: Object.fromEntries(labels.map((label) => [label, []])) as unknown as Labels<L>,
    async collect() {
      const answers = await Promise.all(readings.map((read) => read()));
      // what is not known is absent, neither 0 nor NaN; one without labels would be 0 after a reset
      if (labels.length === 0) made.remove();
      else made.reset();
      for (const answer of answers) {
        if (answer !== undefined) for (const [series, value] of rows(answer)) made.set(series, value);
      }
    },
  });
}
