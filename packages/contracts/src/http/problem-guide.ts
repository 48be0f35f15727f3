import type { ProblemKind } from './problem.js';

/** What a client is to know of a problem. */
export interface ProblemGuide {
  /** what has happened, and what has not */
  readonly means: string;
  /** `same`: the same request may succeed later; `changed`: only another one; `never`: not by this caller */
  readonly retry: 'same' | 'changed' | 'never';
  /** what a client does about it */
  readonly advice: string;
}

const guide = (retry: ProblemGuide['retry'], means: string, advice: string): ProblemGuide => ({ means, retry, advice });

/** Each kind of problem as docs/problems tells it. */
export const PROBLEM_GUIDE: Readonly<Record<ProblemKind, ProblemGuide>> = {
  malformed: guide(
    'changed',
    'Path, query, headers or body are not as the OpenAPI document says. Nothing was done. `errors` names the places, up to 20 in each; it is not there when the body is no JSON at all.',
    'Correct what `errors` names, or `detail` where there is no list.',
  ),
  'idempotency-key-missing': guide(
    'changed',
    'The operation has an effect that must not happen twice, and no key came. Nothing was done.',
    'Send an Idempotency-Key made for this one intent, and the same one again with each retry.',
  ),
  unauthenticated: guide(
    'changed',
    'No credentials came, they are not valid any more, or the operation takes another kind. Bad ones are refused also where anyone may call. Why they are no good is never said.',
    'Get a new token and send it as `Authorization: Bearer`, or a valid key as `X-Api-Key`. With a new one that is refused as well, stop: it will not get better.',
  ),
  'signature-invalid': guide(
    'changed',
    'The webhook is not signed with the secret that is known here, not over these bytes, or its time is too far off. Its content was not looked at.',
    'Check the secret on both sides, the clock of the sender, and that nothing in between writes the body anew. Providers send again by themselves; with the right secret the next try is taken.',
  ),
  forbidden: guide(
    'never',
    'The caller is known and lacks the role or the scope that the operation asks for.',
    'Call as somebody who may: /openapi.json says of each operation who that is.',
  ),
  'not-found': guide(
    'changed',
    'There is no such thing, or it is not the caller’s to see: the answer is the same, so that nobody learns which. A product that is out of sale is not found by its id either.',
    'Check the path, the id and who is calling.',
  ),
  'product-unknown': guide(
    'same',
    'The product was never registered, or so lately that word of it has not come to this service yet. `productId` says which, where there are several.',
    'Wait as long as Retry-After says and try again a few times, with the same Idempotency-Key. After a minute take it for unknown.',
  ),
  'method-not-allowed': guide(
    'changed',
    'The path exists and does not answer this method.',
    'Use a method that the Allow header names.',
  ),
  'not-acceptable': guide(
    'changed',
    'No representation fits the Accept header: answers are JSON, or a problem.',
    'Send `Accept: application/json`, or none.',
  ),
  'request-timeout': guide(
    'same',
    'The request did not arrive whole in time. It had no effect, and the connection was closed.',
    'Send it again, all at once, on a new connection.',
  ),
  'idempotency-key-in-flight': guide(
    'same',
    'The first request with this key is still being handled; whether it will succeed is not known yet.',
    'Wait as long as Retry-After says, then send the same again with the same key: it is answered as the first one was.',
  ),
  'idempotency-key-expired': guide(
    'changed',
    'The key was used more than 24 hours ago for an effect that took place; its answer is not kept any more. Nothing was done now.',
    'Look for what was made then, in the list of orders or of refunds. Use a new key only for a new intent.',
  ),
  'price-changed': guide(
    'changed',
    'The total is not the `expectedTotal` that the customer saw. No order was placed. With Retry-After, the customer may have seen a price that is newer than the one known to this service: `expectedTotal` is none of what the order would have cost by earlier prices.',
    'With Retry-After wait that long and send the same again with the same key, a few times. Otherwise, or when it stays so, show the customer the `total` of the problem, in minor units. If they agree, place the order with it as `expectedTotal` and a new key.',
  ),
  'product-retired': guide(
    'changed',
    'The product is not sold any more. `productId` says which, where there are several.',
    'Leave it out, and take it off the shelf. Whoever keeps the catalogue may bring it back: `PATCH /products/:id {"retired": false}`.',
  ),
  'amount-not-supported': guide(
    'changed',
    'The payment provider of this shop moves amounts of this currency in steps only, and a price, an order’s total or a refund is not a multiple of `step`, in minor units: Stripe takes Kuwaiti dinars to the hundredth, so 5.125 cannot be paid. Nothing was done.',
    'Choose an amount that is a multiple of `step`. An order’s total may be one where each price is: then shipping or a discount is not, and the shop has to mend that.',
  ),
  'currency-mismatch': guide(
    'changed',
    'The product is priced in another currency than the order; prices are never converted. `productId` says which.',
    'Order it in the currency of its price, by itself if need be.',
  ),
  'sku-taken': guide(
    'changed',
    'Another product is sold with this sku; or a retired product was to be brought back whose sku another was given since. Nothing was changed.',
    'Choose another, or change the product that has it: `GET /products?sku=` finds it. A sku is free again when its product is retired.',
  ),
  'version-conflict': guide(
    'changed',
    'It has changed since it was read with the ETag that If-Match names; or, without If-Match, others were at the same thing at the same time, again and again. Nothing was changed.',
    'Read it again and decide anew. A request without If-Match may be sent again as it is.',
  ),
  'stock-insufficient': guide(
    'changed',
    'Less would be left on hand than orders were promised. Nothing was adjusted; `available` is what can be taken away.',
    'Take away no more than `available`.',
  ),
  'refund-too-large': guide(
    'changed',
    'More is asked for than was captured and not refunded yet. `left` says how much there is: minor units, or pieces where `productId` names a product; 0 where `adjustment` names a kind of which nothing is left beside the lines.',
    'Ask for no more than is left.',
  ),
  'refund-open': guide(
    'same',
    'Another refund of the order is under way, and one follows the other.',
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
    'The order has gone on beyond the point where it can be cancelled. Nothing was changed.',
    'Read it again: a completed order is refunded, one that came to nothing needs no cancelling.',
  ),
  'replay-failed': guide(
    'same',
    'What was set aside was tried again and failed again. It stays set aside, and nothing is lost.',
    'Remove the cause that `detail` tells, then replay; or discard it, with the reason for the record.',
  ),
  'key-parked': guide(
    'changed',
    'The message belongs to a key that is set aside as a whole, to keep its order.',
    'Replay or discard the key.',
  ),
  'payload-too-large': guide(
    'changed',
    'The body has more bytes than are taken: 262,144 unless `BODY_LIMIT` says otherwise. It was not read.',
    'Send less. The largest request of the document fits several times over.',
  ),
  'unsupported-media-type': guide(
    'changed',
    'The body is not sent as JSON. It was not read.',
    'Send JSON with Content-Type: application/json.',
  ),
  'idempotency-key-reused': guide(
    'changed',
    'The key, or the reference of a stock adjustment, came before with another request. That one stands; nothing was done now.',
    'Use a new key for a new intent; never change a request under its key.',
  ),
  'too-many-requests': guide(
    'same',
    'The caller asked more often than it may. It is counted by who calls, or by address where that is not known; nothing was done.',
    'Wait as long as Retry-After says, then send the same again. X-RateLimit-Remaining on every answer tells how near the limit is.',
  ),
  'headers-too-large': guide(
    'changed',
    'The first line and the headers together have more bytes than are taken: 65,536 unless `HTTP_MAX_HEADER_BYTES` says otherwise. The connection was closed.',
    'Send fewer or shorter ones: cookies are not needed here. A list of ids that is too long is asked for in parts.',
  ),
  internal: guide(
    'same',
    'Something is wrong here, and was logged with its cause. A change was most likely not made, but may have been.',
    'Try again with growing pauses and, where there is one, the same Idempotency-Key: then it is made once. Tell whoever runs this if it stays.',
  ),
  unavailable: guide(
    'same',
    'Something that is needed is away for the moment: the database, the keys that tokens are checked with, or the thing itself is locked.',
    'Wait as long as Retry-After says, then send the same again.',
  ),
};
