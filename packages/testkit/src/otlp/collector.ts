import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** A span as a process has exported it. Times in nanoseconds since 1970. */
export interface CollectedSpan {
  /** service.name */
  readonly service: string;
  /** service.instance.id */
  readonly process: string;
  /** service.version */
  readonly version: string;
  readonly traceId: string;
  readonly spanId: string;
  /** undefined: it is the root of its trace */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** An OTLP endpoint: HTTP, JSON, traces only. */
export interface Collector {
  /** for OTEL_EXPORTER_OTLP_ENDPOINT */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** everything that came, as it came */
  readonly raw: readonly string[];
  /** the requests so far, answered or not */
  readonly requests: number;
  /** From now on every request is answered with this status; `hangs` is not answered at all. */
  answer(status: number | 'hangs'): void;
  close(): Promise<void>;
}

const value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z.object({ intValue: z.union([z.number(), z.string()]) }).transform(({ intValue }) => Number(intValue)),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map((pair) => [pair.key, pair.value])));
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`, 'u'));
const STATUS_ERROR = 2;

const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: hex(16),
              spanId: hex(8),
              parentSpanId: hex(8).optional(),
              name: z.string(),
              startTimeUnixNano: z.coerce.bigint(),
              endTimeUnixNano: z.coerce.bigint(),
              attributes,
              links: z.array(z.object({ traceId: hex(16), spanId: hex(8) })).default([]),
              status: z.object({ code: z.number().default(0) }).default({ code: 0 }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Starts an OTLP endpoint on a free port of this machine. It refuses, with 400, what is not OTLP. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const raw: string[] = [];
  let requests = 0;
  let status: number | 'hangs' = 200;
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += String(chunk);
    requests += 1;
    if (status === 'hangs') return;
    if (status === 200) {
      if (incoming.method !== 'POST' || incoming.url !== '/v1/traces') return void response.writeHead(404).end();
      const read = request.safeParse(JSON.parse(body));
      if (!read.success) return void response.writeHead(400).end(read.error.message);
      raw.push(body);
      spans.push(...spansOf(read.data));
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((incoming, response) => {
    receive(incoming, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    raw,
    get requests() {
      return requests;
    },
    answer(next) {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function spansOf({ resourceSpans }: z.infer<typeof request>): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span): CollectedSpan => {
        const { traceId, spanId, parentSpanId, name, links } = span;
        return {
          service: String(resource.attributes['service.name']),
          process: String(resource.attributes['service.instance.id']),
          version: String(resource.attributes['service.version']),
          traceId,
          spanId,
          parentSpanId,
          name,
          startNs: span.startTimeUnixNano,
          endNs: span.endTimeUnixNano,
          failed: span.status.code === STATUS_ERROR,
          attributes: span.attributes,
          links,
        };
      }),
    ),
  );
}
