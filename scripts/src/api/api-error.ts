/**
 * What is to be said where a run's own token is refused: nothing but another installation on its port refuses it.
 * @param url that was asked
 */
export function otherInstallation(url: string): string {
  return `This run's token is not taken: another installation seems to answer at ${new URL(url).origin}.`;
}

/** A request that was not answered as wished. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'API_ERROR';

  constructor(
    message: string,
    /** of the answer; undefined when there was none */
    readonly status: number | undefined,
    /** the kind of problem, as in its type `/problems/<kind>` */
    readonly kind: string | undefined,
    /** how long the server asks to wait, ms */
    readonly retryAfterMs: number | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /**
   * True when the same request (same Idempotency-Key, so without a second effect) may go well later: no answer, trouble
   * on the other side, too fast, still being handled, or a thing that the other side does not know *yet*.
   */
  get worthRetry(): boolean {
    if (this.status === undefined || this.status >= 500 || this.status === 429) return true;
    return this.kind === 'idempotency-key-in-flight' || (this.status === 404 && this.retryAfterMs !== undefined);
  }
}
