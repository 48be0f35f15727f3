import { EXAMPLE } from './examples.js';
import { ProblemError, type ProblemKind } from './problem.js';

/** What an example adds to what every answer of the kind has. */
interface ProblemExample {
  readonly detail?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const { productId, tea, total } = EXAMPLE;
const soon = { 'retry-after': '1' };

/**
 * One example of each kind that has more than every answer of the kind. Members and headers are those that the services
 * send: their tests compare their answers with these.
 */
const EXAMPLES: Readonly<Partial<Record<ProblemKind, ProblemExample>>> = {
  malformed: {
    detail: 'Too small: expected number to be >=1',
    extra: { errors: [{ path: 'body.items.0.quantity', message: 'Too small: expected number to be >=1' }] },
  },
  'signature-invalid': { detail: 'the signature is wrong' },
  'product-unknown': { extra: { productId }, headers: soon },
  'method-not-allowed': { headers: { allow: 'DELETE, GET, HEAD, PATCH' } },
  'idempotency-key-in-flight': { headers: soon },
  'idempotency-key-expired': { detail: 'Use a new key for a new order' },
  'idempotency-key-reused': {
    detail: 'The reference was used before with a delta of 40 and the reason: Delivery of the importer',
  },
  'price-changed': { detail: `The total is ${total} EUR now`, extra: { total }, headers: soon },
  'product-retired': { extra: { productId } },
  'amount-not-supported': { detail: 'KWD is moved in steps of 10 minor units', extra: { step: 10 } },
  'currency-mismatch': { extra: { productId } },
  'sku-taken': { detail: `There is a product with the sku ${tea.sku} already` },
  'version-conflict': { detail: 'It is at version 4 now' },
  'stock-insufficient': { extra: { available: 9 } },
  'refund-too-large': { detail: 'Of this product 1 are left to refund', extra: { productId, left: 1 } },
  'refund-open': { detail: 'Wait until the current refund has ended' },
  'not-refundable': { detail: 'Only what was completed can be refunded' },
  'restock-needs-items': { detail: 'An amount does not say which pieces come back: name the items' },
  'too-late': { detail: 'The order has ended or is already being undone' },
  'check-not-open': { detail: 'The order has passed its check' },
  'retry-failed': { detail: 'OUTBOX_UNSENDABLE: the record is larger than the topic takes' },
  'key-parked': { detail: 'Its key is retried as a whole, in order' },
  'too-many-requests': {
    headers: {
      'x-ratelimit-limit': '1200',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '17',
      'retry-after': '17',
    },
  },
  unavailable: { headers: soon },
};

/** An example answer of the kind. */
export function exampleProblem(kind: ProblemKind): ProblemError {
  const { detail, extra, headers } = EXAMPLES[kind] ?? {};
  return new ProblemError(kind, detail, extra, headers);
}
