import { hostname } from 'node:os';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { z } from 'zod';
import { appVersion, httpUrl, readConfig } from '../config/index.js';
import { createLogger } from '../logging/index.js';
import { setTracing } from '../tracing/index.js';
import { RandomIds } from './random-ids.js';
import { RootSampler } from './root-sampler.js';
import { SpanQueue } from './span-queue.js';

const ratio = z.coerce.number('must be a number from 0 to 1').min(0).max(1);

/** OpenTelemetry's own names; the exporter reads its headers and time-out from the environment by itself. */
const settings = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl,
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/json', 'must be http/json, the only one that is spoken').optional(),
  OTEL_TRACES_SAMPLER: z
    .literal('parentbased_traceidratio', 'must be parentbased_traceidratio, the only one there is')
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: ratio.default(0.1),
  APP_VERSION: appVersion,
});

/** The spans of a process on their way to the OTLP endpoint. */
export interface Telemetry {
  /** Sends what waits, for up to `limitMs`. */
  close(limitMs?: number): Promise<void>;
}

/**
 * Registers the SDK. From now on the rooms of this package make spans.
 * @param name of the process
 * @throws ConfigError naming every key that is wrong
 */
export function startTelemetry(name: string, env: NodeJS.ProcessEnv): Telemetry {
  const config = readConfig(settings, env);
  const url = `${config.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/u, '')}/v1/traces`;
  const queue = new SpanQueue(new OTLPTraceExporter({ url }), createLogger(name, 'info'));
  const provider = new TracerProvider({
    sampler: new RootSampler(config.OTEL_TRACES_SAMPLER_ARG),
    idGenerator: new RandomIds(),
    spanProcessors: [queue],
    resource: resourceFromAttributes({
      'service.name': name,
      'service.namespace': 'outrider',
      'service.version': config.APP_VERSION,
      'service.instance.id': `${hostname()}/${process.pid}`,
    }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  setTracing(true);
  return {
    async close(limitMs = 2_000) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs);
      });
      await Promise.race([queue.forceFlush(), late]);
      clearTimeout(timer);
    },
  };
}
