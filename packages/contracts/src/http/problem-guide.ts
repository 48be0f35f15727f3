import { ProblemError, PROBLEMS, type ProblemKind } from './problem.js';

/** What a client is to do about a problem. */
interface ProblemGuide {
  readonly means: string;
  /** `same`: the same request may succeed later; `changed`: only another one; `never`: not by this caller */
  readonly retry: 'same' | 'changed' | 'never';
  readonly advice: string;
}

const guide = (retry: ProblemGuide['retry'], means: string, advice: string): ProblemGuide => ({ means, retry, advice });

/** Each kind of problem as docs/problems tells it. */
export const PROBLEM_GUIDE: Readonly<Record<ProblemKind, ProblemGuide>> = {
  malformed: guide(
    'changed',
    'Path, query, headers or body are not as the OpenAPI document says.',
    'Correct what `errors` names.',
  ),
  'idempotency-key-missing': guide(
    'changed',
    'The operation has an effect that must not happen twice.',
    'Send an Idempotency-Key made for this one intent, and the same one again with each retry.',
  ),
  unauthenticated: guide(
    'changed',
    'No credentials came, they are not valid any more, or the operation takes another kind.',
    'Get a new token and send it as `Authorization: Bearer`, or a valid key as `X-Api-Key`.',
  ),
  'signature-invalid': guide(
    'changed',
    'The webhook is not signed with the secret that is known here, or its time is too far off.',
    'Check the secret on both sides and the clock of the sender.',
  ),
  forbidden: guide(
    'never',
    'The caller is known and lacks the role or the scope.',
    'Call as somebody who may: /openapi.json says of each operation who that is.',
  ),
  'not-found': guide(
    'changed',
    'There is no such thing, or it is not the caller’s to see.',
    'Check the id and who is calling.',
  ),
  'product-unknown': guide(
    'same',
    'The product was never registered, or so lately that word of it has not come yet.',
    'Wait as long as Retry-After says and try again a few times.',
  ),
  'method-not-allowed': guide(
    'changed',
    'The path exists and does not answer this method.',
    'Use a method that the Allow header names.',
  ),
  'not-acceptable': guide('changed', 'No representation fits the Accept header.', 'Accept application/json.'),
  'request-timeout': guide(
    'same',
    'The request did not arrive whole in time; it had no effect.',
    'Send it again, all at once.',
  ),
  'idempotency-key-in-flight': guide(
    'same',
    'The first request with this key is still being handled.',
    'Wait as long as Retry-After says, then send the same again.',
  ),
  'idempotency-key-expired': guide(
    'changed',
    'The key was used for an effect that took place; its answer is not kept any more.',
    'Look for what was made then; use a new key for a new intent.',
  ),
  'price-changed': guide(
    'changed',
    'The total is not the expectedTotal that the customer saw.',
    'Show the customer the `total` of the problem, then send that with a new key.',
  ),
  'product-retired': guide('changed', 'The product is not sold any more.', 'Leave it out.'),
  'currency-mismatch': guide(
    'changed',
    'The product is priced in another currency than the order.',
    'Order it in the currency of its price.',
  ),
  'sku-taken': guide('changed', 'Another product has this sku.', 'Choose another, or change the product that has it.'),
  'version-conflict': guide('changed', 'It has changed since it was read.', 'Read it again and decide anew.'),
  'stock-insufficient': guide(
    'changed',
    'Less would be left on hand than orders were promised.',
    'Take away no more than `available`.',
  ),
  'refund-too-large': guide(
    'changed',
    'More is asked for than was captured and not refunded yet.',
    'Ask for no more than is left.',
  ),
  'refund-open': guide('same', 'Another refund of the order is under way.', 'Wait until it shows SUCCEEDED or FAILED.'),
  'not-refundable': guide(
    'changed',
    'The order is not completed, or nothing of this is left to refund.',
    'Read the order and its refunds.',
  ),
  'restock-needs-items': guide('changed', 'An amount does not say which pieces come back.', 'Name the items.'),
  'too-late': guide(
    'never',
    'What was asked for has gone on beyond the point where that can be.',
    'Read it again; a completed order is refunded, not cancelled.',
  ),
  'replay-failed': guide(
    'same',
    'What was set aside was tried again and failed again.',
    'Remove the cause that `detail` tells, then replay.',
  ),
  'key-parked': guide(
    'changed',
    'The message belongs to a key that is set aside as a whole, to keep its order.',
    'Replay or discard the key.',
  ),
  'payload-too-large': guide('changed', 'The body has more bytes than are taken.', 'Send less.'),
  'unsupported-media-type': guide(
    'changed',
    'The body is not sent as JSON.',
    'Send JSON with Content-Type: application/json.',
  ),
  'idempotency-key-reused': guide(
    'changed',
    'The key came before with another request.',
    'Use a new key for a new intent; never change a request under its key.',
  ),
  'too-many-requests': guide('same', 'The caller asked more often than it may.', 'Wait as long as Retry-After says.'),
  'headers-too-large': guide('changed', 'The headers have more bytes than are taken.', 'Send fewer or shorter ones.'),
  internal: guide(
    'same',
    'Something is wrong here, and was logged.',
    'Try again with growing pauses and, where there is one, the same Idempotency-Key.',
  ),
  unavailable: guide(
    'same',
    'Something that is needed is away for the moment.',
    'Wait as long as Retry-After says, then send the same again.',
  ),
};

const RETRY: Readonly<Record<ProblemGuide['retry'], string>> = {
  same: 'Yes: the same request may succeed later.',
  changed: 'No: the same request fails again; a changed one may succeed.',
  never: 'No.',
};

/** The page that documents a kind, as Markdown: docs/problems/<kind>.md, and what its `type` leads to. */
export function problemPage(kind: ProblemKind): string {
  const { status, title } = PROBLEMS[kind];
  const { means, retry, advice } = PROBLEM_GUIDE[kind];
  return `# ${title}

\`/problems/${kind}\`, status ${status}

**What it means.** ${means}

**What to do.** ${advice}

**Worth a retry?** ${RETRY[retry]}

\`\`\`json
${JSON.stringify(new ProblemError(kind).toProblem(), undefined, 2)}
\`\`\`
`;
}
