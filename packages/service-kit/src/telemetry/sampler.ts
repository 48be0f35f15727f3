import { trace, TraceFlags, type Attributes, type Context, type Link, type SpanKind } from '@opentelemetry/api';
import {
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import type { FailedTraces } from './failed-traces.js';

/**
 * What is exported is decided where a trace begins, by the ratio, and kept by all that follow: parent-based. A batch is
 * exported when something in it is. What failed in this process is exported from there on, here and in every process
 * that the trace comes to. Everything else is recorded as well: whether it fails shows at its end.
 */
export class FailureSampler implements Sampler {
  readonly #ofRoots: TraceIdRatioBasedSampler;

  constructor(
    private readonly ratio: number,
    private readonly failed: FailedTraces,
  ) {
    this.#ofRoots = new TraceIdRatioBasedSampler(ratio);
  }

  shouldSample(
    context: Context,
    traceId: string,
    _name: string,
    _kind: SpanKind,
    _attributes: Attributes,
    links: readonly Link[],
  ): SamplingResult {
    const parent = trace.getSpanContext(context);
    if (parent !== undefined) return decided(isSampled(parent) || this.failed.has(traceId));
    if (links.length > 0) return decided(links.some((link) => isSampled(link.context)));
    return decided(this.#ofRoots.shouldSample(context, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED);
  }

  toString(): string {
    return `FailureSampler{${this.ratio}}`;
  }
}

function isSampled({ traceFlags }: { readonly traceFlags: number }): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

function decided(sampled: boolean): SamplingResult {
  return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD };
}
