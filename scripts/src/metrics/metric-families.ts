/** A metric as a process shows it at /metrics. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
  readonly addUp: 'sum' | 'max' | 'each';
}

const HELP = /^# HELP (?<name>\S+) (?<help>.+) \((?:labels: (?<labels>[\w, ]+); )?add up: (?<addUp>sum|max|each)\)$/u;
const TYPE = /^# TYPE (?<name>\S+) (?<type>\w+)$/u;

/**
 * The metrics in the text of a scrape.
 * @throws Error naming a metric whose help does not say how it is added up
 */
export function familiesOf(text: string): MetricFamily[] {
  const lines = text.split('\n');
  const types = new Map(lines.flatMap((line) => pair(TYPE.exec(line)?.groups)));
  const families = lines.flatMap((line): MetricFamily[] => {
    const { name = '', help = '', labels, addUp } = HELP.exec(line)?.groups ?? {};
    const type = types.get(name);
    if (type === undefined || (addUp !== 'sum' && addUp !== 'max' && addUp !== 'each')) return [];
    types.delete(name);
    return [{ name, type, labels: labels?.split(', ') ?? [], help, addUp }];
  });
  if (types.size > 0) throw new Error(`the help of ${[...types.keys()].join()} does not say how it is added up`);
  return families;
}

function pair(groups: Record<string, string> | undefined): [string, string][] {
  return groups?.['name'] === undefined || groups['type'] === undefined ? [] : [[groups['name'], groups['type']]];
}

/** What a metric is counted in, as its name says. */
export function unitOf({ name, type }: Pick<MetricFamily, 'name' | 'type'>): string {
  if (name.includes('timestamp') || name.includes('start_time')) return 'seconds since 1970';
  if (/_seconds(?:_total)?$/u.test(name)) return 'seconds';
  if (name.endsWith('_bytes')) return 'bytes';
  return type === 'counter' || type === 'gauge' ? 'count' : 'seconds';
}
