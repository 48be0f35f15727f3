import type { Log } from '@outrider/common';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
// oxlint-disable-next-line no-restricted-imports -- the counts that the metrics show, without the rest of the room
import { spanCounts } from '../tracing/state.js';

const MOST = 4_096;
const A_REQUEST = 512;
const EVERY_MS = 1_000;

/**
 * Spans on their way out: one request at a time, when it is full and a second after the first at the latest. What does not fit, or is
 * not taken, is dropped and counted; nobody ever waits for it.
 */
export class SpanQueue implements SpanProcessor {
  #waiting: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isFailing = false;

  constructor(
    private readonly exporter: Pick<SpanExporter, 'export'>,
    private readonly log: Pick<Log, 'warn' | 'info'>,
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#waiting.length >= MOST) {
      spanCounts.dropped.queue_full += 1;
      return;
    }
    this.#waiting.push(span);
    // what has become old is dearer to collect: a full request does not wait, unless the endpoint takes none
    if (this.#waiting.length === A_REQUEST && !this.#isFailing) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), EVERY_MS).unref();
  }

  #begin(): void {
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Resolves when everything that waits has been sent or dropped. */
  async forceFlush(): Promise<void> {
    await this.#sending;
    await this.#send();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0, A_REQUEST);
      const error = await this.#export(spans);
      if (error === undefined) spanCounts.exported += spans.length;
      else spanCounts.dropped.export_failed += spans.length;
      this.#report(error);
      // the rest waits for the next second: an endpoint that does not answer is not asked without pause
      if (error !== undefined) break;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #export(spans: ReadableSpan[]): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.exporter.export(spans, (result: ExportResult) => {
        resolve(result.code === ExportResultCode.SUCCESS ? undefined : (result.error ?? new Error('not exported')));
      });
    });
  }

  /** One line when it begins to fail, one when it is over. */
  #report(error: Error | undefined): void {
    if ((error !== undefined) === this.#isFailing) return;
    this.#isFailing = error !== undefined;
    if (error === undefined) this.log.info({}, 'spans are taken by the OTLP endpoint again');
    else this.log.warn({ err: error }, 'the OTLP endpoint does not take spans: they are dropped until it does');
  }
}
