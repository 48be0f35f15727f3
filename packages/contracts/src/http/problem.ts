import { z } from 'zod';

/** RFC 9457: what every error answer looks like. `type` is stable; `detail` is for humans. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

interface ProblemFacts {
  readonly status: number;
  readonly title: string;
  /** of every answer of the kind */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The kinds of problem and the status of each. `type` on the wire is `/problems/<kind>`. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request is malformed' },
  'idempotency-key-missing': { status: 400, title: 'The Idempotency-Key header is missing' },
  unauthenticated: { status: 401, title: 'Authentication is required', headers: { 'www-authenticate': 'Bearer' } },
  'signature-invalid': { status: 401, title: 'The signature is not valid' },
  forbidden: { status: 403, title: 'You may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'product-unknown': { status: 404, title: 'The product is not known here yet' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-acceptable': { status: 406, title: 'No acceptable representation' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'idempotency-key-in-flight': { status: 409, title: 'A request with this Idempotency-Key is being handled' },
  'idempotency-key-expired': { status: 409, title: 'This Idempotency-Key was used before and its answer is gone' },
  'price-changed': { status: 409, title: 'The price has changed' },
  'product-retired': { status: 409, title: 'The product is not sold any more' },
  'amount-not-supported': { status: 409, title: 'The payment provider cannot move this amount' },
  'currency-mismatch': { status: 409, title: 'The product is sold in another currency' },
  'sku-taken': { status: 409, title: 'The sku is taken' },
  'version-conflict': { status: 409, title: 'It has changed since you read it' },
  'stock-insufficient': { status: 409, title: 'There is not enough stock for this' },
  'refund-too-large': { status: 409, title: 'It is more than is left to refund' },
  'refund-open': { status: 409, title: 'Another refund of the order is under way' },
  'not-refundable': { status: 409, title: 'There is nothing of this to refund' },
  'restock-needs-items': { status: 409, title: 'Which pieces go back into stock is not clear' },
  'too-late': { status: 409, title: 'It is too late for this' },
  'check-not-open': { status: 409, title: 'The order is not waiting for a check' },
  'retry-failed': { status: 409, title: 'It failed again and stays parked' },
  'key-parked': { status: 409, title: 'It belongs to a key that is parked as a whole' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used with another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, ProblemFacts>;

export type ProblemKind = keyof typeof PROBLEMS;

/**
 * An error that is answered as a problem. Callers see `detail`; `extra` members go into the problem as they are;
 * `headers` are added to the answer.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly kind: ProblemKind,
    readonly detail?: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    const facts: ProblemFacts = PROBLEMS[kind];
    super(detail ?? facts.title);
    this.status = facts.status;
    this.headers = { ...facts.headers, ...headers };
  }

  toProblem(): Problem {
    const { status, title } = PROBLEMS[this.kind];
    return {
      ...this.extra,
      type: `/problems/${this.kind}`,
      title,
      status,
      ...(this.detail && { detail: this.detail }),
    };
  }
}
