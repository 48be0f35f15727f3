/** The API server answered that it does not do what it was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'KUBERNETES_API_ERROR';

  constructor(
    readonly status: number,
    /** one word of Kubernetes: NotFound, AlreadyExists, Conflict, Expired, Invalid, Forbidden … */
    readonly reason: string,
    message: string,
    /** how long it asks to be left alone, in ms */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  get notFound(): boolean {
    return this.status === 404;
  }

  get alreadyExists(): boolean {
    return this.status === 409 && this.reason === 'AlreadyExists';
  }

  /** Somebody else has written it since it was read, or owns a field of it. */
  get conflict(): boolean {
    return this.status === 409 && this.reason !== 'AlreadyExists';
  }

  /** The history that was asked for is no longer kept. */
  get expired(): boolean {
    return this.status === 410;
  }

  /** It may go well when it is asked again. */
  get temporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** There was no answer: no connection, it broke, or it took too long. Whether it was done is not known. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'KUBERNETES_NO_ANSWER';
}

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/**
 * An error out of an answer's `Status`, or out of any other text.
 * @param retryAfter the header of that name, in seconds
 */
export function apiErrorOf(status: number, body: string, retryAfter?: string): ApiError {
  const said = statusOf(body);
  const seconds = Number(retryAfter ?? said?.details?.retryAfterSeconds);
  const message = said?.message ?? (body.trim() === '' ? `status ${status}` : body.trim().slice(0, 500));
  return new ApiError(status, said?.reason ?? '', message, seconds > 0 ? seconds * 1_000 : undefined);
}

function statusOf(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status'
      ? (parsed as Status)
      : undefined;
  } catch {
    // a proxy before the API server answers in other words
    return undefined;
  }
}
