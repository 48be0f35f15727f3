import { z } from 'zod';

/** A series of an answer: its labels, and values by time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [unixSeconds: number, value: number])[];
}

/** A stretch of time and its steps, in seconds since 1970 and seconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const seriesSchema = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(z.tuple([z.number(), z.string()])),
});
const matrixSchema = z.object({ resultType: z.literal('matrix'), result: z.array(seriesSchema) });
const alertSchema = z.object({
  labels: z.record(z.string(), z.string()),
  state: z.enum(['pending', 'firing']),
  activeAt: z.iso.datetime(),
});
export type ActiveAlert = z.infer<typeof alertSchema>;

/** The HTTP API of a Prometheus. Every method throws an Error with what Prometheus says when it refuses. */
export class PrometheusApi {
  constructor(private readonly url: string) {}

  /** A query as a dashboard runs it. */
  async range(expr: string, { from, to, step }: Range): Promise<readonly Series[]> {
    const asked = { query: expr, start: String(from), end: String(to), step: String(step) };
    const { result } = matrixSchema.parse(await this.#ask('query_range', asked));
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([time, value]) => [time, Number(value)] as const),
    }));
  }

  /** The values of a label among the series of a metric. */
  async labelValues(label: string, metric: string): Promise<readonly string[]> {
    return z.array(z.string()).parse(await this.#ask(`label/${label}/values`, { 'match[]': metric }));
  }

  /** Alerts that are pending or firing. */
  async alerts(): Promise<readonly ActiveAlert[]> {
    return z.object({ alerts: z.array(alertSchema) }).parse(await this.#ask('alerts', {})).alerts;
  }

  /** How many of the processes that it scrapes have answered the last scrape, and how many there are. */
  async targets(): Promise<{ readonly up: number; readonly all: number }> {
    const schema = z.object({ activeTargets: z.array(z.object({ health: z.string() })) });
    const { activeTargets } = schema.parse(await this.#ask('targets', { state: 'active' }));
    return { up: activeTargets.filter(({ health }) => health === 'up').length, all: activeTargets.length };
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const url = new URL(`/api/v1/${path}?${new URLSearchParams(parameters).toString()}`, this.url);
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} ${JSON.stringify(parameters)}: ${JSON.stringify(body)}`);
    return z.object({ status: z.literal('success'), data: z.unknown() }).parse(body).data;
  }
}
