import { SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { FailedTraces } from './failed-traces.js';
import type { SpanQueue } from './span-queue.js';

/** How many ended spans that are not sampled are kept for the case that another one of their trace fails. */
const KEPT = 2_048;

/**
 * Sends what is sampled, and what failed: a span with an error, with the spans of its trace that ended in this process
 * before it, as far as they are still kept, and those that end after it.
 */
export class TailProcessor implements SpanProcessor {
  readonly #kept: (ReadableSpan | undefined)[] = Array.from({ length: KEPT });
  #next = 0;

  constructor(
    private readonly queue: SpanQueue,
    private readonly failed: FailedTraces,
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { traceId, traceFlags } = span.spanContext();
    if (span.status.code === SpanStatusCode.ERROR) this.#fail(traceId);
    if ((traceFlags & TraceFlags.SAMPLED) !== 0 || this.failed.has(traceId)) {
      this.queue.add(span);
      return;
    }
    this.#kept[this.#next] = span;
    this.#next = (this.#next + 1) % KEPT;
  }

  forceFlush(): Promise<void> {
    return this.queue.flush();
  }

  shutdown(): Promise<void> {
    return this.queue.flush();
  }

  #fail(traceId: string): void {
    if (this.failed.has(traceId)) return;
    this.failed.add(traceId);
    for (const [index, span] of this.#kept.entries()) {
      if (span?.spanContext().traceId !== traceId) continue;
      this.queue.add(span);
      this.#kept[index] = undefined;
    }
  }
}
