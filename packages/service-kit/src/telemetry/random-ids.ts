import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

/** Ids of traces and spans from random bytes that are fetched for hundreds at once: each fetch costs as much as a span. */
export class RandomIds implements IdGenerator {
  readonly #bytes = Buffer.alloc(4_096);
  #used = this.#bytes.length;

  generateTraceId(): string {
    return this.#next(16);
  }

  generateSpanId(): string {
    return this.#next(8);
  }

  #next(length: number): string {
    if (this.#used + length > this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#used = 0;
    }
    this.#used += length;
    return this.#bytes.toString('hex', this.#used - length, this.#used);
  }
}
