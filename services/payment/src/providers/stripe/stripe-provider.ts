import type { Credential } from '@outrider/connections';
import { Stripe } from 'stripe';
import { stripeSettings } from '../../config.js';
import type { Charge, ProviderAnswer, ProviderDispute, ProviderRecord } from '../../domain/provider-answer.js';
import { HttpExchange } from '@outrider/common';
import type {
  AuthorizeRequest,
  ChangeRequest,
  ListAnswer,
  ListRequest,
  LookupAnswer,
  PaymentProvider,
  RefundRequest,
  Webhook,
} from '../payment-provider.js';
import type { CommonProviderSettings, ProviderBinding } from '../provider-binding.js';
import { fromStripe, toStripe } from './stripe-amounts.js';
import { failureOf, isUnknown } from './stripe-failures.js';
import { StripeHttpClient } from './stripe-http-client.js';
import {
  chargeOf,
  intentSchema,
  ORDER_ID,
  orderIdOf,
  pageSchema,
  PAYMENT_KEY,
  recordOf,
  toRefunds,
  type Intent,
} from './stripe-records.js';
import { disputeOf, disputeSchema, REFUND_ID, refundOf, refundSchema, type Refund } from './stripe-refunds.js';
import { balanceTransactionSchema, mayContainRelease, releaseOf } from './stripe-release.js';
import { readStripeWebhook } from './stripe-webhook.js';

/** Payments on a page of the list: the most that Stripe gives. */
const PAGE = 100;

/** Only the charge shows refunds, so it is always requested with the intent; it comes with up to ten refunds. */
const WITH_CHARGE = ['latest_charge.refunds'];

/** The version of Stripe's API that this adapter is written for; it is sent with each request, whatever the account's default is. */
export const STRIPE_API_VERSION = '2026-10-28.endive';

export interface StripeProviderSettings extends CommonProviderSettings {
  readonly secretKey: Credential<string>;
  /** what its webhooks may be signed with at that time */
  readonly webhookSecrets: Credential<readonly string[]>;
  /** without a slash at the end */
  readonly apiBase: string;
  /** where a bank sends the customer back to; without it the customer acts in the shop's own page, with a secret */
  readonly returnUrl: string | undefined;
}

/** Stripe, by payment intents that are authorised first and captured later. */
export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe';
  readonly #exchange: HttpExchange;
  readonly #stripe: Stripe;

  constructor(private readonly settings: StripeProviderSettings) {
    const base = new URL(settings.apiBase);
    const secure = base.protocol === 'https:';
    this.#exchange = new HttpExchange(settings.apiBase, settings.timeoutMs);
    this.#stripe = new Stripe('', {
      // asked at each request: the key is exchanged while the process runs
      authenticator: (request) => {
        request.headers['Authorization'] = `Bearer ${settings.secretKey.current()}`;
        return Promise.resolve();
      },
      apiVersion: STRIPE_API_VERSION,
      httpClient: new StripeHttpClient(this.#exchange),
      host: base.hostname,
      port: base.port || (secure ? 443 : 80),
      protocol: secure ? 'https' : 'http',
      // the attempts try again, under the same key, and across restarts
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  close(): void {
    this.#exchange.close();
  }

  authorize({ key, orderId, amount, currency, paymentMethod }: AuthorizeRequest): Promise<ProviderAnswer> {
    const theirs = toStripe(amount, currency);
    if (theirs === undefined) return Promise.resolve(notChargeable(amount, currency));
    const { returnUrl } = this.settings;
    return this.#operate(
      this.#stripe.paymentIntents.create(
        {
          amount: theirs,
          currency: currency.toLowerCase(),
          payment_method: paymentMethod,
          confirm: true,
          capture_method: 'manual',
          automatic_payment_methods: { enabled: true, allow_redirects: returnUrl === undefined ? 'never' : 'always' },
          ...(returnUrl !== undefined && { return_url: returnUrl }),
          metadata: { [ORDER_ID]: orderId, [PAYMENT_KEY]: key },
          expand: WITH_CHARGE,
        },
        { idempotencyKey: key },
      ),
    );
  }

  capture({ key, reference, amount, currency }: ChangeRequest): Promise<ProviderAnswer> {
    const theirs = toStripe(amount, currency);
    if (theirs === undefined) return Promise.resolve(notChargeable(amount, currency));
    const asked = { amount_to_capture: theirs, expand: WITH_CHARGE };
    return this.#operate(this.#stripe.paymentIntents.capture(reference, asked, { idempotencyKey: key }));
  }

  void({ key, reference }: ChangeRequest): Promise<ProviderAnswer> {
    const asked = { cancellation_reason: 'requested_by_customer', expand: WITH_CHARGE };
    return this.#operate(this.#stripe.paymentIntents.cancel(reference, asked, { idempotencyKey: key }));
  }

  async refund({ key, reference, amount, currency, orderId, refundId }: RefundRequest): Promise<ProviderAnswer> {
    const theirs = toStripe(amount, currency);
    if (theirs === undefined) return notChargeable(amount, currency);
    try {
      const asked = {
        payment_intent: reference,
        amount: theirs,
        metadata: { [ORDER_ID]: orderId, [REFUND_ID]: refundId },
        expand: WITH_CHARGE.map((name) => `payment_intent.${name}`),
      };
      const answer = await this.#stripe.refunds.create(asked, { idempotencyKey: key });
      const parsed = refundSchema.safeParse(answer).data;
      const refund = parsed && refundOf(parsed);
      const shown = this.#read(answer.payment_intent);
      if (shown.kind !== 'record' || refund === undefined) {
        return { kind: 'unanswered', reached: true, reason: 'no refund of a payment intent' };
      }
      // the refund of this answer counts, whatever the charge in it shows
      const others = shown.record.refunds.filter(({ id }) => id !== refund.id);
      return { kind: 'record', record: { ...shown.record, refunds: [...others, refund] } };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'declined') return failure;
      return { kind: 'refused', reason: failure.reason };
    }
  }

  async lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer> {
    try {
      const reference = 'reference' in by ? by.reference : await this.#find(by.key);
      if (reference === undefined) return { kind: 'not-found' };
      const answer = await this.#stripe.paymentIntents.retrieve(reference, { expand: WITH_CHARGE });
      const found = this.#read(answer);
      if (found.kind !== 'record') return { kind: 'unanswered', reason: found.reason };
      return { kind: 'record', record: await this.#whole(found.record, intentSchema.safeParse(answer).data) };
    } catch (error) {
      if (error instanceof Unreadable) return { kind: 'unanswered', reason: error.message };
      if (isUnknown(error)) return { kind: 'not-found' };
      return { kind: 'unanswered', reason: failureOf(error).reason };
    }
  }

  async list({ createdFrom, createdTo, after }: ListRequest): Promise<ListAnswer> {
    try {
      const { data, has_more: hasMore } = await this.#stripe.paymentIntents.list({
        created: { gte: seconds(createdFrom), lt: seconds(createdTo) },
        limit: PAGE,
        ...(after !== undefined && { starting_after: after }),
        expand: WITH_CHARGE.map((name) => `data.${name}`),
      });
      const page = pageSchema.safeParse(data).data;
      if (page === undefined) return { kind: 'unanswered', reason: 'no page' };
      const charges: Charge[] = [];
      for (const one of page) charges.push(...(await this.#listed(one)));
      const last = page.at(-1);
      return { kind: 'page', charges, ...(hasMore && last !== undefined && { next: last.id }) };
    } catch (error) {
      return { kind: 'unanswered', reason: failureOf(error).reason };
    }
  }

  readWebhook(raw: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>, now: number): Webhook {
    return readStripeWebhook(raw, headers['stripe-signature'], this.settings, now);
  }

  /** Finds a payment only some time after it was made: Stripe's search index lags behind. */
  async #find(key: string): Promise<string | undefined> {
    // only characters that cannot end the quoted string: our keys have letters, digits, dashes and colons
    const query = `metadata['${PAYMENT_KEY}']:'${key.replaceAll(/[^\w:-]/gu, '')}'`;
    const { data } = await this.#stripe.paymentIntents.search({ query, limit: 1 });
    return data[0]?.id;
  }

  /**
   * The record with every refund and dispute.
   * @throws Unreadable, or an error of Stripe's package
   */
  async #whole(record: ProviderRecord, intent: Intent | undefined): Promise<ProviderRecord> {
    if (record.status !== 'CAPTURED') return record;
    const charge = intent && chargeOf(intent);
    const { reference } = record;
    const { refunds: listed } = charge ?? {};
    const all = listed?.has_more === false ? listed.data : await this.#refundsOf(reference);
    const release = intent && (await this.#releaseOf(intent, all));
    const refunds = toRefunds(all.filter((refund) => refund !== release));
    const disputes = charge?.disputed === false ? [] : await this.#disputesOf(reference);
    return { ...record, refunds, disputes };
  }

  /** All of a payment, the newest first. */
  async #refundsOf(reference: string): Promise<Refund[]> {
    const found: Refund[] = [];
    for (let after: string | undefined; ;) {
      const { data, has_more: hasMore } = await this.#stripe.refunds.list({
        payment_intent: reference,
        limit: PAGE,
        ...(after !== undefined && { starting_after: after }),
      });
      const page = refundSchema.array().safeParse(data);
      if (!page.success) throw new Unreadable('refunds');
      found.push(...page.data);
      after = data.at(-1)?.id;
      if (!hasMore || after === undefined) return found;
    }
  }

  /**
   * How much of a charge's refunded amount is a release, as Stripe counts.
   * @throws Unreadable, or an error of Stripe's package
   */
  async #releasedOf(intent: Intent): Promise<number> {
    const charge = chargeOf(intent);
    // no more requests for any other payment: the list is walked all the time
    if (charge === undefined || !mayContainRelease(charge)) return 0;
    const { refunds } = charge;
    const all = refunds?.has_more === false ? refunds.data : await this.#refundsOf(intent.id);
    return (await this.#releaseOf(intent, all))?.amount ?? 0;
  }

  /**
   * The refund that is the release of what was not captured. Where it looks like one made by hand, the charge's balance
   * transaction shows which it is: with a release it is of all that was authorised, else of what was captured. In another
   * currency, or to a key that may not read it, it shows nothing. Then it is taken as the release: what is wrongly still
   * to be given back Stripe refuses, and the order waits; what wrongly counts as given back nobody would notice.
   * Source: Stripe's support, "Changes to balance transaction behavior for partial capture and payment cancellation flows".
   *
   * @param refunds all there are, the newest first
   * @throws an error of Stripe's package
   */
  async #releaseOf(intent: Intent, refunds: readonly Refund[]): Promise<Refund | undefined> {
    const charge = chargeOf(intent);
    const release = releaseOf(charge, refunds);
    const id = charge?.balance_transaction;
    if (release === undefined || release.certain || !id) return release?.refund;
    try {
      const booked = balanceTransactionSchema.safeParse(await this.#stripe.balanceTransactions.retrieve(id)).data;
      const isComparable = booked !== undefined && booked.currency === intent.currency;
      return isComparable && booked.amount === charge.amount_captured ? undefined : release.refund;
    } catch (error) {
      if (error instanceof Stripe.errors.StripePermissionError || isUnknown(error)) return release.refund;
      throw error;
    }
  }

  /** There are no more than a few. */
  async #disputesOf(reference: string): Promise<ProviderDispute[]> {
    const { data } = await this.#stripe.disputes.list({ payment_intent: reference, limit: PAGE });
    const page = disputeSchema.array().safeParse(data);
    if (!page.success) throw new Unreadable('disputes');
    return page.data.flatMap((dispute) => disputeOf(dispute) ?? []);
  }

  async #operate(request: Promise<unknown>): Promise<ProviderAnswer> {
    try {
      return this.#read(await request);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'declined') return failure;
      const intent = intentSchema.safeParse(failure.intent);
      const record = intent.success ? recordOf(intent.data, this.settings.actionMs) : undefined;
      // the error says why it was declined; the intent may still show an earlier try
      const { reason, code } = failure;
      if (record?.status !== 'DECLINED') return { kind: 'refused', reason, code };
      return { kind: 'record', record: { ...record, reason, code } };
    }
  }

  #read(answer: unknown): Extract<ProviderAnswer, { kind: 'record' | 'unanswered' }> {
    const intent = intentSchema.safeParse(answer);
    const record = intent.success ? recordOf(intent.data, this.settings.actionMs) : undefined;
    if (record !== undefined) return { kind: 'record', record };
    const reason = intent.success ? `the payment intent is ${intent.data.status}` : 'no payment intent';
    return { kind: 'unanswered', reached: true, reason };
  }

  /**
   * What a page shows of an intent. One that cannot be read is left out: the account may have others than ours, and a
   * payment that is not listed is looked up by itself.
   *
   * @throws an error of Stripe's package
   */
  async #listed(shown: unknown): Promise<Charge[]> {
    const intent = intentSchema.safeParse(shown).data;
    if (intent === undefined || orderIdOf(intent) === undefined) return [];
    try {
      return this.#chargeOf(intent, await this.#releasedOf(intent));
    } catch (error) {
      if (error instanceof Unreadable) return [];
      throw error;
    }
  }

  /** @param released how much of the charge's refunded amount is a release */
  #chargeOf(intent: Intent, released: number): Charge[] {
    const orderId = orderIdOf(intent);
    const currency = intent.currency.toUpperCase();
    const amount = fromStripe(intent.amount, currency);
    const record = recordOf(intent, this.settings.actionMs);
    if (orderId === undefined || amount === undefined || record === undefined) return [];
    const { reference, status, capturedAmount, refunds } = record;
    const charge = chargeOf(intent);
    // Stripe counts an authorisation that was released as refunded
    const refundedAmount = status === 'CAPTURED' ? fromStripe((charge?.amount_refunded ?? 0) - released, currency) : 0;
    if (refundedAmount === undefined) return [];
    return [
      {
        providerPaymentId: reference,
        orderId,
        status,
        amount,
        capturedAmount,
        refundedAmount,
        refunds,
        disputed: charge?.disputed === true,
        currency,
        createdAt: new Date(intent.created * 1_000),
      },
    ];
  }
}

/** PAYMENT_PROVIDER=stripe */
export const stripeBinding: ProviderBinding<typeof stripeSettings> = {
  name: 'stripe',
  settings: stripeSettings,
  create: (settings, common) =>
    new StripeProvider({
      ...common,
      secretKey: settings.STRIPE_SECRET_KEY,
      webhookSecrets: settings.STRIPE_WEBHOOK_SECRET,
      apiBase: settings.STRIPE_API_BASE,
      returnUrl: settings.STRIPE_RETURN_URL,
    }),
};

/** Not the list that was expected: nothing may be concluded from it. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(what: string) {
    super(`no list of ${what}`);
  }
}

function notChargeable(amount: number, currency: string): ProviderAnswer {
  const reason = `${amount} ${currency} in minor units is not an amount that Stripe can move`;
  return { kind: 'refused', reason, code: 'amount-not-supported' };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1_000);
}
