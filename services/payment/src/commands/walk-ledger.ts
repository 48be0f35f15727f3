import { idAt, timeOfId } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import { chargeDifference, mayHaveUpdates, namesCharge, type BookedPayment } from '../domain/charge-difference.js';
import { hasEnded, type Walk } from '../domain/ledger-walk.js';
import type { Charge } from '../domain/provider-answer.js';
import { SeenCharges } from '../domain/seen-charges.js';
import type { FoundDifference, Step } from '../persistence/statements/ledger-check.js';
import { paymentsOfOrders, paymentsOfSpan } from '../persistence/statements/read-booked-payments.js';
import type { ProviderLedger } from '../providers/provider-ledger.js';
import { checkCharge, type ApplyLedgerRecord, type SuspectCharge } from './check-charge.js';

/** How far a charge may be from its order in time and still be found with it, without a request of its own, in ms. */
const SLACK_MS = 30_000;
const PAYMENTS = 500;

/** The two books that a walk compares. */
export interface Books {
  readonly provider: string;
  readonly ledger: ProviderLedger;
  readonly sql: SqlClient;
  readonly applyRecord: ApplyLedgerRecord;
  /** orders younger than this are left for later, in ms */
  readonly graceMs: number;
  /** is there a known difference of this charge? */
  readonly isKnown: (orderId: string, reference: string) => boolean;
}

/**
 * Continues a walk: compares pages of the provider's ledger with our payments, and our payments of the same time with the
 * charges listed so far. Each page is saved before the next is requested, so a crash loses at most one page.
 *
 * Charges are made after their orders and listed newest first. A payment whose charge is not among those listed, because
 * it was made much later or another process read that page, is looked up by itself: that costs a request, no more.
 *
 * @param mostPages how many pages at most; more when otherwise nothing would have been reached
 * @returns how far it has come
 * @throws what the ledger and `save` throw
 */
export async function walkLedger(
  books: Books,
  started: Walk,
  mostPages: number,
  save: (walk: Walk, step: Pick<Step, 'found' | 'resolved'>) => Promise<void>,
): Promise<Walk> {
  const seen = new SeenCharges();
  const ahead = started.reached === started.to ? books.graceMs : SLACK_MS;
  const span = { createdFrom: new Date(started.from - SLACK_MS), createdTo: new Date(started.reached + ahead) };
  let walk = started;
  let before = idAt(walk.reached);
  let after: string | undefined;
  for (let pages = 1; !hasEnded(walk); pages += 1) {
    const page = await books.ledger.list({ ...span, ...(after !== undefined && { after }) });
    after = page.next;
    for (const { orderId, providerPaymentId } of page.charges) seen.add(orderId, providerPaymentId);
    let pending = await compareWithPayments(books, page.charges);
    const low = after === undefined ? walk.from : reachedBy(page.charges, walk);
    for (let more = true; more;) {
      const payments = await paymentsOfSpan(books.sql, books.provider, idAt(low), before, PAYMENTS);
      pending = joined(pending, compareWithLedger(payments, seen));
      const last = payments.length < PAYMENTS ? undefined : payments.at(-1)?.orderId;
      more = last !== undefined;
      before = last ?? idAt(low);
      const { found, resolved, open } = await checkSuspects(books, pending);
      const reached = last === undefined ? low : timeOfId(last) + 1;
      walk = { ...walk, reached, openFrom: oldest([walk.openFrom, ...open.map(timeOfId)]) };
      await save(walk, { found, resolved });
      pending = NOTHING;
    }
    if (after === undefined || (pages >= mostPages && walk.reached < started.reached)) break;
  }
  return walk;
}

/** What is left to check of a page. */
interface Pending {
  readonly suspects: readonly SuspectCharge[];
  /** orders with a running command */
  readonly open: readonly string[];
  /** charges that agree with their payment */
  readonly agreeing: readonly { readonly orderId: string; readonly reference: string }[];
}
const NOTHING: Pending = { suspects: [], open: [], agreeing: [] };

function joined(one: Pending, other: Pending): Pending {
  return {
    suspects: [...one.suspects, ...other.suspects],
    open: [...one.open, ...other.open],
    agreeing: [...one.agreeing, ...other.agreeing],
  };
}

async function compareWithPayments({ provider, sql }: Books, charges: readonly Charge[]): Promise<Pending> {
  const payments = await paymentsOfOrders(sql, [...new Set(charges.map(({ orderId }) => orderId))]);
  const suspects: SuspectCharge[] = [];
  const open: string[] = [];
  const agreeing: { orderId: string; reference: string }[] = [];
  for (const charge of charges) {
    const { orderId, providerPaymentId: reference } = charge;
    const payment = payments.get(orderId);
    if (payment?.busy === true) open.push(orderId);
    else if (
      chargeDifference({ provider, orderId, reference }, payment, charge) === undefined &&
      (payment === undefined || !mayHaveUpdates(payment, charge))
    ) {
      agreeing.push({ orderId, reference });
    } else {
      const { status, amount, currency, capturedAmount, refundedAmount } = charge;
      suspects.push({ orderId, reference, charge: { status, amount, currency, capturedAmount, refundedAmount } });
    }
  }
  return { suspects, open, agreeing };
}

function compareWithLedger(payments: readonly BookedPayment[], seen: SeenCharges): Pending {
  const open = payments.filter(({ busy }) => busy).map(({ orderId }) => orderId);
  const suspects = payments
    .filter((payment) => !payment.busy && namesCharge(payment))
    .filter(({ orderId, reference }) => reference === null || !seen.has(orderId, reference))
    .map(({ orderId, reference }) => ({ orderId, reference, charge: null }));
  return { suspects, open, agreeing: [] };
}

async function checkSuspects(books: Books, { suspects, open, agreeing }: Pending) {
  const found: FoundDifference[] = [];
  const agree = [...agreeing];
  const stillOpen = [...open];
  for (const suspect of suspects) {
    const { orderId, charge } = suspect;
    const reference = suspect.reference ?? '';
    const check = await checkCharge(books.sql, books.ledger, books.provider, books.applyRecord, suspect);
    if (check.kind === 'busy') stillOpen.push(orderId);
    else if (check.difference === undefined) agree.push({ orderId, reference });
    else found.push({ orderId, reference, charge, ...check.difference });
  }
  return { found, resolved: agree.filter((one) => books.isKnown(one.orderId, one.reference)), open: stillOpen };
}

/** How far back our payments can be compared now: their charges do not come later in the list. */
function reachedBy(charges: readonly Charge[], { from, reached }: Walk): number {
  const last = charges.at(-1);
  if (last === undefined) return reached;
  return Math.max(from, Math.min(reached, last.createdAt.getTime() + SLACK_MS));
}

function oldest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
