/** One series of a metric at one moment. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^(?<name>[A-Za-z_:][\w:]*)(?:\{(?<labels>.*)\})?\s+(?<value>\S+)(?:\s+-?\d+)?$/u;
const LABEL = /(?<label>[A-Za-z_]\w*)="(?<text>(?:[^"\\]|\\.)*)"\s*(?:,|$)/uy;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n' };

/**
 * The series of some metrics in a text as processes show it at /metrics (Prometheus's text format, or OpenMetrics's).
 * @param names the metrics that are wanted; others are not looked at
 * @throws SyntaxError for a line of one of them that cannot be read
 */
export function parseExposition(text: string, names: ReadonlySet<string>): Series[] {
  const found: Series[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const end = line.search(/[{\s]/u);
    if (end < 0 || !names.has(line.slice(0, end))) continue;
    const { name, labels = '', value = '' } = LINE.exec(line)?.groups ?? {};
    if (name === undefined) throw new SyntaxError(`not a series: ${line.slice(0, 200)}`);
    found.push({ name, labels: parseLabels(labels), value: parseValue(value) });
  }
  return found;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    LABEL.lastIndex = at;
    const { label, text: value = '' } = LABEL.exec(text)?.groups ?? {};
    if (label === undefined) throw new SyntaxError(`not a list of labels: {${text.slice(0, 200)}}`);
    labels[label] = value.replace(/\\(.)/gu, (_, escaped: string) => ESCAPED[escaped] ?? escaped);
    at = LABEL.lastIndex;
  }
  return labels;
}

function parseValue(text: string): number {
  if (/^[+-]?Inf$/u.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new SyntaxError(`not a number: ${text.slice(0, 200)}`);
  return value;
}
