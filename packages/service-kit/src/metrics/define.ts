import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * How the values that several processes show are added up: `sum` them; take the `max`, because all show the same thing
 * as read from a database; `each` is its process's own, and no number is gained from several.
 */
export type AddUp = 'sum' | 'max' | 'each';

/** Seconds, from 5 ms to 60 s. */
export const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The labels of a metric, each with the values that are known from the start. A series for every combination of them is
 * there at once, with 0: the first event of a process would be invisible to `increase()` otherwise. A label of which no
 * value is known has an empty list, and then no series is there before its first event.
 */
export type Labels<L extends string> = Readonly<Record<L, readonly string[]>>;

export interface Definition<L extends string> {
  readonly name: string;
  /** one sentence without a full stop */
  readonly help: string;
  readonly labels?: Labels<L>;
  /** called before each scrape */
  readonly collect?: () => void | Promise<void>;
}

/** A count of what happened in this process. */
export function counter<L extends string = never>(registry: Registry, definition: Definition<L>): Counter<L> {
  const made = new Counter<L>(optionsOf(registry, definition, 'sum'));
  for (const labels of combinations(definition.labels)) made.inc(labels, 0);
  return made;
}

/** Seconds that something took. */
export function histogram<L extends string = never>(
  registry: Registry,
  definition: Definition<L> & { readonly buckets?: readonly number[] },
): Histogram<L> {
  const buckets = [...(definition.buckets ?? LATENCY_BUCKETS)];
  const made = new Histogram<L>({ ...optionsOf(registry, definition, 'sum'), buckets });
  if (definition.labels !== undefined) for (const labels of combinations(definition.labels)) made.zero(labels);
  return made;
}

/** Something as it is at present. */
export function gauge<L extends string = never>(
  registry: Registry,
  definition: Definition<L> & { readonly addUp: AddUp },
): Gauge<L> {
  const made = new Gauge<L>(optionsOf(registry, definition, definition.addUp));
  for (const labels of combinations(definition.labels)) made.set(labels, 0);
  return made;
}

/** The text of HELP: what the metric says, its labels, and how it is added up. docs/metrics.md is made from it. */
export function helpOf(help: string, labels: readonly string[], addUp: AddUp): string {
  return `${help} (${labels.length === 0 ? '' : `labels: ${labels.join(', ')}; `}add up: ${addUp})`;
}

function optionsOf<L extends string>(registry: Registry, definition: Definition<L>, addUp: AddUp) {
  const { name, help, labels, collect } = definition;
  const labelNames = Object.keys(labels ?? {}) as L[];
  return {
    name,
    help: helpOf(help, labelNames, addUp),
    labelNames,
    registers: [registry],
    ...(collect === undefined ? {} : { collect }),
  };
}

function combinations<L extends string>(labels: Labels<L> | undefined): Record<L, string>[] {
  if (labels === undefined) return [];
  let all: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries<readonly string[]>(labels)) {
    all = all.flatMap((before) => values.map((value) => ({ ...before, [label]: value })));
  }
  return all;
}
