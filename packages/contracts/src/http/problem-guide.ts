import type { ProblemKind } from './problem.js';

/** What a client needs to know about a problem. */
export interface ProblemGuide {
  /** what has happened, and what has not */
  readonly means: string;
  /** `same`: the same request may succeed later; `changed`: only another one; `never`: not by this caller */
  readonly retry: 'same' | 'changed' | 'never';
  /** what a client does about it */
  readonly advice: string;
}

const guide = (retry: ProblemGuide['retry'], means: string, advice: string): ProblemGuide => ({ means, retry, advice });

/** Each kind of problem as docs/problems documents it. */
export const PROBLEM_GUIDE: Readonly<Record<ProblemKind, ProblemGuide>> = {
  malformed: guide(
    'changed',
    'Path, query, headers or body are not as the OpenAPI document says. Nothing was done. `errors` names what is wrong, up to 20 in each part; it is missing when the body is not JSON.',
    'Correct what `errors` names, or `detail` where there is no list.',
  ),
  'idempotency-key-missing': guide(
    'changed',
    'The operation has an effect that must not happen twice, and the request has no key. Nothing was done.',
    'Send an Idempotency-Key made for this one operation, and the same one with each retry.',
  ),
  unauthenticated: guide(
    'changed',
    'The request has no credentials, they are not valid, or the operation takes another kind. Invalid credentials are refused also where none are required. `detail` says which of these.',
    'Get a new token and send it as `Authorization: Bearer`, or a valid key as `X-Api-Key`. If a new one is refused as well, stop: retrying will not help.',
  ),
  'signature-invalid': guide(
    'changed',
    'The webhook is not signed with the configured secret, the signature is not of these bytes, or its time is too far off. Its content was not read.',
    'Check the secret on both sides, the clock of the sender, and that no proxy changes the body. Providers send again by themselves; with the right secret the next attempt is accepted.',
  ),
  forbidden: guide(
    'never',
    'The caller is authenticated and lacks the role or the scope that the operation requires.',
    'Use credentials that have it: /openapi.json lists the roles and scopes of each operation.',
  ),
  'not-found': guide(
    'changed',
    'It does not exist, or the caller may not see it: the answer is the same for both. A retired product is not found by its id either.',
    'Check the path, the id and who is calling.',
  ),
  'product-unknown': guide(
    'same',
    'The product was never registered, or so recently that this service has not received it yet. `productId` names it where there are several.',
    'Wait as long as Retry-After says and try again a few times, with the same Idempotency-Key. After a minute, treat it as unknown.',
  ),
  'method-not-allowed': guide(
    'changed',
    'The path exists and does not support this method.',
    'Use a method that the Allow header names.',
  ),
  'not-acceptable': guide(
    'changed',
    'No representation matches the Accept header: answers are JSON, or a problem.',
    'Send `Accept: application/json`, or none.',
  ),
  'request-timeout': guide(
    'same',
    'The request did not arrive whole in time. It had no effect, and the connection was closed.',
    'Send it again on a new connection.',
  ),
  'idempotency-key-in-flight': guide(
    'same',
    'The first request with this key is still being handled; whether it will succeed is not known yet.',
    'Wait as long as Retry-After says, then send the same again with the same key: it is answered as the first one was.',
  ),
  'idempotency-key-expired': guide(
    'changed',
    'The key was used more than 24 hours ago for an effect that took place; its answer is no longer stored. Nothing was done now.',
    'Look in the list of orders or of refunds for what was made then. Use a new key only for a new operation.',
  ),
  'price-changed': guide(
    'changed',
    'The total is not the `expectedTotal` that the customer saw. No order was placed. With Retry-After, the customer may have seen a price that is newer than the one known to this service: `expectedTotal` matches none of the earlier prices.',
    'With Retry-After wait that long and send the same again with the same key, a few times. Otherwise, or if the answer stays the same, show the customer the `total` of the problem, in minor units. If they agree, place the order with it as `expectedTotal` and a new key.',
  ),
  'product-retired': guide(
    'changed',
    'The product is no longer sold. `productId` names it where there are several.',
    'Remove it from the order and from the shop. An admin can bring it back: `PATCH /products/:id {"retired": false}`.',
  ),
  'amount-not-supported': guide(
    'changed',
    'The payment provider of this shop moves amounts of this currency in steps only, and a price, an order’s total or a refund is not a multiple of `step`, in minor units: Stripe takes Kuwaiti dinars to the hundredth, so 5.125 cannot be paid. Nothing was done.',
    'Choose an amount that is a multiple of `step`. An order’s total may be one where each price is: then shipping or a discount is not, and the shop has to change that.',
  ),
  'currency-mismatch': guide(
    'changed',
    'The product is priced in another currency than the order; prices are never converted. `productId` names the product.',
    'Order it in the currency of its price, in an order of its own if necessary.',
  ),
  'sku-taken': guide(
    'changed',
    'Another product is sold with this sku; or a retired product was to be brought back and another product has its sku now. Nothing was changed.',
    'Choose another, or change the product that has it: `GET /products?sku=` finds it. A sku is free again when its product is retired.',
  ),
  'version-conflict': guide(
    'changed',
    'It has changed since it was read with the ETag in If-Match; or, without If-Match, concurrent changes conflicted several times. Nothing was changed.',
    'Read it again and decide again. A request without If-Match may be sent again as it is.',
  ),
  'stock-insufficient': guide(
    'changed',
    'Less would be left on hand than is reserved for orders. Nothing was adjusted; `available` is what can be taken away.',
    'Take away no more than `available`.',
  ),
  'refund-too-large': guide(
    'changed',
    'The request is for more than was captured and not refunded yet. `left` is how much there is: minor units, or pieces where `productId` names a product; 0 where `adjustment` names a kind of which nothing is left beside the lines.',
    'Refund no more than is left.',
  ),
  'refund-open': guide(
    'same',
    'Another refund of the order is in progress; only one can be at a time.',
    'Wait until `GET /orders/{id}/refunds` shows it SUCCEEDED or FAILED, then send the same again.',
  ),
  'not-refundable': guide(
    'changed',
    'The order is not completed, or the pieces cost nothing. What was never captured cannot be given back.',
    'Read the order and its refunds. An order that is not completed yet is cancelled instead; pieces that cost nothing come back with `restock`.',
  ),
  'restock-needs-items': guide(
    'changed',
    'An amount does not say which pieces come back into stock, unless it is all that is left.',
    'Name the items instead of the amount, or leave `restock` out.',
  ),
  'too-late': guide(
    'never',
    'The order can no longer be cancelled. Nothing was changed.',
    'Read it again: refund a completed order; one that failed needs no cancelling.',
  ),
  'check-not-open': guide(
    'never',
    'The order is not waiting for a check: it is not checked, was decided otherwise before, or has ended. Nothing was changed.',
    'Read the order. One that should not be sold can still be cancelled.',
  ),
  'retry-failed': guide(
    'same',
    'A dead letter was retried and failed again. It stays parked, and nothing is lost.',
    'Remove the cause that `detail` names, then retry; or discard it, with a reason.',
  ),
  'key-parked': guide(
    'changed',
    'The message belongs to a key that is parked as a whole, to keep its order.',
    'Retry or discard the key.',
  ),
  'payload-too-large': guide(
    'changed',
    'The body is larger than the limit: 262,144 bytes unless `BODY_LIMIT` says otherwise. It was not read.',
    'Send less. The largest request that the OpenAPI document allows fits several times over.',
  ),
  'unsupported-media-type': guide(
    'changed',
    'The body is not sent as JSON. It was not read.',
    'Send JSON with Content-Type: application/json.',
  ),
  'idempotency-key-reused': guide(
    'changed',
    'The key, or the reference of a stock adjustment, was used before with another request. That one is unchanged; nothing was done now.',
    'Use a new key for a new operation; never change a request under its key.',
  ),
  'too-many-requests': guide(
    'same',
    'The caller sent too many requests. They are counted by caller, or by address where the caller is not known; nothing was done.',
    'Wait as long as Retry-After says, then send the same again. X-RateLimit-Remaining on every answer shows how many requests are left.',
  ),
  'headers-too-large': guide(
    'changed',
    'The first line and the headers together are larger than the limit: 65,536 bytes unless `HTTP_MAX_HEADER_BYTES` says otherwise. The connection was closed.',
    'Send fewer or shorter ones: cookies are not needed. Split a list of ids that is too long.',
  ),
  internal: guide(
    'same',
    'An unexpected error, which was logged with its cause. The change was probably not made, but may have been.',
    'Try again with growing pauses and, where there is one, the same Idempotency-Key: then the change is made once. Contact the operator if it does not go away.',
  ),
  unavailable: guide(
    'same',
    'Something is temporarily unavailable: the database, the keys that tokens are verified with, or a lock on the resource.',
    'Wait as long as Retry-After says, then send the same again.',
  ),
};
