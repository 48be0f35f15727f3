import {
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type SpanContext,
  type SpanKind,
} from '@opentelemetry/api';
import {
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';

/**
 * Whether a trace is sent is decided where it begins, by the ratio, and kept by all that follow: parent-based. The trace of
 * a batch is sent when something in it is.
 */
export class RootSampler implements Sampler {
  readonly #ofRoots: TraceIdRatioBasedSampler;

  constructor(private readonly ratio: number) {
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
    if (parent !== undefined) return decided(isSampled(parent));
    if (links.length > 0) return decided(links.some((link) => isSampled(link.context)));
    return this.#ofRoots.shouldSample(context, traceId);
  }

  toString(): string {
    return `RootSampler{${this.ratio}}`;
  }
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

function decided(sampled: boolean): SamplingResult {
  return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
}
