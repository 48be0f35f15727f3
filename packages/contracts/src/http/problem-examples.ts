import { EXAMPLE } from './examples.js';
import { ProblemError, type ProblemKind } from './problem.js';

/** What an answer of a kind carries besides what every answer of the kind does. */
interface ProblemExample {
  readonly detail?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const { productId, tea, total } = EXAMPLE;
const soon = { 'retry-after': '1' };

/**
 * As it may be answered, one of each kind; none: there is nothing besides. Members and headers are those that the
 * services send: their tests hold what they answer against these.
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
    detail: 'The reference came before with a delta of 40 and the reason: Delivery of the importer',
  },
  'price-changed': { detail: `The total is ${total} EUR now`, extra: { total }, headers: soon },
  'product-retired': { extra: { productId } },
  'amount-not-supported': { detail: 'KWD is moved in steps of 10 minor units', extra: { step: 10 } },
  'currency-mismatch': { extra: { productId } },
  'sku-taken': { detail: `There is a product with the sku ${tea.sku} already` },
  'version-conflict': { detail: 'It is at version 4 now' },
  'stock-insufficient': { extra: { available: 9 } },
  'refund-too-large': { detail: 'Of this product 1 are left to refund', extra: { productId, left: 1 } },
  'refund-open': { detail: 'Wait until the refund before has ended' },
  'not-refundable': { detail: 'Only what was completed can be refunded' },
  'restock-needs-items': { detail: 'A part of the money says nothing of pieces: name the items' },
  'too-late': { detail: 'The order has ended, or is about to without having been sold' },
  'replay-failed': { detail: 'OUTBOX_UNSENDABLE: the record is larger than the topic takes' },
  'key-parked': { detail: 'its key is replayed as a whole, in order' },
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

/** An answer of the kind, as one may come. */
export function exampleProblem(kind: ProblemKind): ProblemError {
  const { detail, extra, headers } = EXAMPLES[kind] ?? {};
  return new ProblemError(kind, detail, extra, headers);
}
