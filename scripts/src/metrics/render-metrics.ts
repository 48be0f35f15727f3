import { unitOf, type MetricFamily } from './metric-families.js';

const PREFACE = `# Metrics

Made from what the seven processes show at \`/metrics\` of their admin ports, by \`npm run docs:metrics\`; do not edit.

- **add up** says what several processes’ values come to. \`sum\`: each counts its own part. \`max\`: every process reads the
  same thing from the database, every replica of a service and every outbox-worker alike, so a sum would count it several
  times. \`each\`: it is its process’s own, and no number is gained from several.
- A counter with labels whose values are known is there from the start, with 0. What a database did not say in 1.5 s is
  absent from that scrape, neither 0 nor NaN, and counts in \`metrics_read_failures_total\`.
- No label is there that a scrape adds by itself: \`job\`, \`instance\`; in a cluster \`namespace\`, \`pod\`, \`service\`. So queries
  are the same for a Prometheus of one’s own and for a ServiceMonitor.
- Ages are counted by the clock of the database that they are read from, from times that it wrote itself: the clocks of the
  processes have no part in them. The one exception is \`outbox_commit_to_ack_seconds\`, from the writer’s clock to the
  worker’s; the database refuses events of a writer whose clock is more than an hour off.
- Versions (\`started_version\`, \`answered_version\`, \`revision\`) are APP_VERSION of the process. Series of a version of which
  nothing was counted for a day are dropped.
- Scrapes at the same time share one statement of each kind, and one more within a second is answered from it. With three
  replicas of each, three workers and a scrape each 15 s that is less than one statement a second for each database.

Recording rules, alerts and dashboards are in [k8s/monitoring](../k8s/monitoring), what to do about an alert in
[runbooks](runbooks).
`;

/** docs/metrics.md: every metric of every process. */
export function renderMetrics(processes: Readonly<Record<string, readonly MetricFamily[]>>): string {
  const shownBy = new Map<string, { readonly family: MetricFamily; readonly names: string[] }>();
  for (const [process, families] of Object.entries(processes)) {
    for (const family of families) {
      const shown = shownBy.get(family.name);
      if (shown === undefined) shownBy.set(family.name, { family, names: [process] });
      else shown.names.push(process);
    }
  }
  const all = Object.keys(processes).length;
  const sections = new Map<string, MetricFamily[]>();
  for (const { family, names } of shownBy.values()) {
    const heading = names.length === all ? 'every process' : names.join(', ');
    sections.set(heading, [...(sections.get(heading) ?? []), family]);
  }
  return [PREFACE, ...[...sections].map(([heading, families]) => section(heading, families))].join('\n');
}

function section(heading: string, families: readonly MetricFamily[]): string {
  const rows = families
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((family) => {
      const { name, type, labels, help, addUp } = family;
      return `| \`${name}\` | ${type} | ${unitOf(family)} | ${labels.join(', ')} | ${addUp} | ${help} |`;
    });
  return [
    `## ${heading}\n`,
    '| name | type | unit | labels | add up | says |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
