import { randomBytes } from 'node:crypto';
import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  type Attributes,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
} from '@opentelemetry/api';
import { failedTraces } from './failed-traces.js';
import { contextBelow } from './traceparent.js';
import { tracer } from './tracer.js';

/** What a span is made of. Asked for only when one is made. */
export type SpanPlan = () => {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: Link[];
  /** in milliseconds since 1970; undefined: when it began */
  readonly startTime?: number;
};

/** Work that has begun: a span where its trace is sent, else nothing until it fails. */
export interface Begun {
  /** what follows from the work stands below this */
  readonly position: SpanContext;
  end(attributes?: Attributes): void;
  /** Ends as failed: a trace that was not sent is from here on. */
  fail(attributes: Attributes): void;
}

/** Whether spans of this trace are made, as its beginning decided, or because something in it failed here. */
export function isSent({ traceFlags, traceId }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0 || failedTraces.has(traceId);
}

/** The same place in a trace that is sent. */
export function asSent(position: SpanContext): SpanContext {
  return { ...position, traceFlags: TraceFlags.SAMPLED };
}

/** @param parent undefined: a trace begins, and the sampler decides about it */
export function begin(parent: SpanContext | undefined, plan: SpanPlan): Begun {
  if (parent !== undefined) return isSent(parent) ? new Sent(spanBelow(parent, plan())) : new Unsent(parent, plan);
  const { name, ...options } = plan();
  const root = tracer().startSpan(name, options, ROOT_CONTEXT);
  return root.isRecording() ? new Sent(root) : new Unsent(root.spanContext(), plan);
}

/** A trace of its own for what is done about several others at once: sent if one of them is. */
export function beginBatch(of: readonly (SpanContext | undefined)[], plan: SpanPlan): Begun {
  return of.some((one) => one !== undefined && isSent(one)) ? begin(undefined, plan) : new Unsent(unsentRoot(), plan);
}

class Sent implements Begun {
  readonly position: SpanContext;

  constructor(private readonly span: Span) {
    this.position = span.spanContext();
  }

  end(attributes?: Attributes): void {
    if (attributes !== undefined) this.span.setAttributes(attributes);
    this.span.end();
  }

  fail(attributes: Attributes): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR }).setAttributes(attributes).end();
  }
}

class Unsent implements Begun {
  readonly #startTime = Date.now();

  constructor(
    readonly position: SpanContext,
    private readonly plan: SpanPlan,
  ) {}

  end(): void {}

  fail(attributes: Attributes): void {
    failedTraces.add(this.position.traceId);
    new Sent(spanBelow(this.position, { startTime: this.#startTime, ...this.plan() })).fail(attributes);
  }
}

function spanBelow(parent: SpanContext, { name, ...options }: ReturnType<SpanPlan>): Span {
  return tracer().startSpan(name, options, contextBelow(asSent(parent)));
}

function unsentRoot(): SpanContext {
  const ids = randomBytes(24).toString('hex');
  return { traceId: ids.slice(0, 32), spanId: ids.slice(32), traceFlags: TraceFlags.NONE };
}
