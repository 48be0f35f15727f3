import { idAt, timeOfId } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { Charge } from '../providers/payment-provider.js';
import type { Found, Step } from '../persistence/statements/ledger-check.js';
import { judgeCharge, mayHaveNews, namesCharge, type BookedPayment } from '../domain/charge-difference.js';
import { lookAgain, type Suspect, type TakeOver } from './check-charge.js';
import { hasEnded, type Walk } from '../domain/ledger-walk.js';
import type { ProviderLedger } from '../providers/provider-ledger.js';
import { paymentsOfOrders, paymentsOfSpan } from '../persistence/statements/read-booked-payments.js';
import { SeenCharges } from '../domain/seen-charges.js';

/** How far a charge may be from its order in time and still be found with it, without a request of its own, in ms. */
const SLACK_MS = 30_000;
const PAYMENTS = 500;

/** What a walk goes through, and where it is noted. */
export interface Books {
  readonly provider: string;
  readonly ledger: ProviderLedger;
  readonly sql: SqlClient;
  readonly takeOver: TakeOver;
  /** orders younger than this are left for later, in ms */
  readonly graceMs: number;
  /** is something known to differ here? */
  readonly isKnown: (orderId: string, reference: string) => boolean;
}

/**
 * Goes on with a walk: pages of the provider's ledger are held against our payments, and our payments of the same time
 * against what was listed. Each page is saved before the next is asked for, so whoever goes on after a crash loses a page.
 *
 * A payment is looked for among the charges listed so far: charges are made after their orders, and the newest are listed
 * first. One that was made much later, or whose list was read by somebody else, is looked up by itself: that costs a
 * request and decides nothing wrongly.
 *
 * @param mostPages how many pages at most; more when otherwise nothing would have been reached
 * @returns how far it has come
 * @throws what the ledger and `save` throw
 */
export async function walkLedger(
  books: Books,
  begun: Walk,
  mostPages: number,
  save: (walk: Walk, step: Pick<Step, 'found' | 'gone'>) => Promise<void>,
): Promise<Walk> {
  const seen = new SeenCharges();
  const ahead = begun.reached === begun.to ? books.graceMs : SLACK_MS;
  const span = { createdFrom: new Date(begun.from - SLACK_MS), createdTo: new Date(begun.reached + ahead) };
  let walk = begun;
  let before = idAt(walk.reached);
  let after: string | undefined;
  for (let pages = 1; !hasEnded(walk); pages += 1) {
    const page = await books.ledger.list({ ...span, ...(after !== undefined && { after }) });
    after = page.next;
    for (const { orderId, providerPaymentId } of page.charges) seen.add(orderId, providerPaymentId);
    let pending = await holdAgainstPayments(books, page.charges);
    const low = after === undefined ? walk.from : reachedBy(page.charges, walk);
    for (let more = true; more;) {
      const payments = await paymentsOfSpan(books.sql, books.provider, idAt(low), before, PAYMENTS);
      pending = joined(pending, holdAgainstLedger(payments, seen));
      const last = payments.length < PAYMENTS ? undefined : payments.at(-1)?.orderId;
      more = last !== undefined;
      before = last ?? idAt(low);
      const { found, gone, open } = await settle(books, pending);
      const reached = last === undefined ? low : timeOfId(last) + 1;
      walk = { ...walk, reached, openFrom: oldest([walk.openFrom, ...open.map(timeOfId)]) };
      await save(walk, { found, gone });
      pending = NOTHING;
    }
    if (after === undefined || (pages >= mostPages && walk.reached < begun.reached)) break;
  }
  return walk;
}

/** What of a page is left to do. */
interface Pending {
  readonly suspects: readonly Suspect[];
  /** orders of which something is on its way */
  readonly open: readonly string[];
  /** charges that fit */
  readonly fit: readonly { readonly orderId: string; readonly reference: string }[];
}
const NOTHING: Pending = { suspects: [], open: [], fit: [] };

function joined(one: Pending, other: Pending): Pending {
  return {
    suspects: [...one.suspects, ...other.suspects],
    open: [...one.open, ...other.open],
    fit: [...one.fit, ...other.fit],
  };
}

async function holdAgainstPayments({ provider, sql }: Books, charges: readonly Charge[]): Promise<Pending> {
  const payments = await paymentsOfOrders(sql, [...new Set(charges.map(({ orderId }) => orderId))]);
  const suspects: Suspect[] = [];
  const open: string[] = [];
  const fit: { orderId: string; reference: string }[] = [];
  for (const charge of charges) {
    const { orderId, providerPaymentId: reference } = charge;
    const payment = payments.get(orderId);
    if (payment?.busy === true) open.push(orderId);
    else if (
      judgeCharge({ provider, orderId, reference }, payment, charge) === undefined &&
      (payment === undefined || !mayHaveNews(payment, charge))
    ) {
      fit.push({ orderId, reference });
    } else {
      const { status, amount, currency, capturedAmount, refundedAmount } = charge;
      suspects.push({ orderId, reference, charge: { status, amount, currency, capturedAmount, refundedAmount } });
    }
  }
  return { suspects, open, fit };
}

function holdAgainstLedger(payments: readonly BookedPayment[], seen: SeenCharges): Pending {
  const open = payments.filter(({ busy }) => busy).map(({ orderId }) => orderId);
  const suspects = payments
    .filter((payment) => !payment.busy && namesCharge(payment))
    .filter(({ orderId, reference }) => reference === null || !seen.has(orderId, reference))
    .map(({ orderId, reference }) => ({ orderId, reference, charge: null }));
  return { suspects, open, fit: [] };
}

async function settle(books: Books, { suspects, open, fit }: Pending) {
  const found: Found[] = [];
  const fits = [...fit];
  const stillOpen = [...open];
  for (const suspect of suspects) {
    const { orderId, charge } = suspect;
    const reference = suspect.reference ?? '';
    const look = await lookAgain(books.sql, books.ledger, books.provider, books.takeOver, suspect);
    if (look.kind === 'busy') stillOpen.push(orderId);
    else if (look.difference === undefined) fits.push({ orderId, reference });
    else found.push({ orderId, reference, charge, ...look.difference });
  }
  return { found, gone: fits.filter((one) => books.isKnown(one.orderId, one.reference)), open: stillOpen };
}

/** How far down our own payments can be held against what was listed: their charges are not further on in the list. */
function reachedBy(charges: readonly Charge[], { from, reached }: Walk): number {
  const last = charges.at(-1);
  if (last === undefined) return reached;
  return Math.max(from, Math.min(reached, last.createdAt.getTime() + SLACK_MS));
}

function oldest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
