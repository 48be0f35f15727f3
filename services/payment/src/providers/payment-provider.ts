import type { Charge, ProviderAnswer, ProviderPart, ProviderRecord } from '../domain/provider-answer.js';

/** The result of a lookup. `not-found` proves nothing: a request may still be in flight. */
export type LookupAnswer =
  | { readonly kind: 'record'; readonly record: ProviderRecord }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unanswered'; readonly reason: string };

/** A provider event: what the provider reports by webhook. */
export interface ProviderEvent {
  /** the same each time the event is sent */
  readonly eventId: string;
  /** null: not in the event; the payment is found by the provider's reference */
  readonly orderId: string | null;
  /** the payment after the event, or some of its refunds and disputes */
  readonly shown: ProviderRecord | ProviderPart;
}

/** What a webhook is. `refused`: not from the provider. `of-no-concern`: from the provider, but not about our payments. */
export type Webhook =
  | { readonly kind: 'event'; readonly event: ProviderEvent }
  | { readonly kind: 'of-no-concern' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface AuthorizeRequest {
  /** idempotency key: a request repeated with it has its effect once, and gets the same answer */
  readonly key: string;
  readonly orderId: string;
  /** in the currency's minor unit, as all amounts here */
  readonly amount: number;
  readonly currency: string;
  /** the provider's token for how the customer pays */
  readonly paymentMethod: string;
}

export interface ChangeRequest {
  readonly key: string;
  /** the provider's id for the authorisation */
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

export interface RefundRequest extends ChangeRequest {
  readonly orderId: string;
  /** stored by the provider with the refund and returned with it: it identifies the refund */
  readonly refundId: string;
}

/**
 * Which of the provider's payments to list: created at or after `createdFrom` and before `createdTo`. Both are rounded
 * down to whole seconds where the provider counts in seconds, so adjacent spans leave no gap.
 */
export interface ListRequest {
  readonly createdFrom: Date;
  readonly createdTo: Date;
  /** `next` of the previous page; the other two fields must be the same as for that page */
  readonly after?: string;
}

/** `next` is present when more pages follow; even then a page may be short or empty. */
export type ListAnswer =
  | { readonly kind: 'page'; readonly charges: readonly Charge[]; readonly next?: string }
  | { readonly kind: 'unanswered'; readonly reason: string };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The injection token of the provider. */
export const PAYMENT_PROVIDER = Symbol('payment provider');

/**
 * An adapter to the company that moves the money. The setting PAYMENT_PROVIDER selects one; docs/extending.md shows how
 * to add another. No method rejects: a failure is an answer too, and it says when the outcome is in doubt. Every request
 * ends within the adapter's time-out.
 */
export interface PaymentProvider {
  /** stored with every payment made through it */
  readonly name: string;
  authorize(request: AuthorizeRequest): Promise<ProviderAnswer>;
  capture(request: ChangeRequest): Promise<ProviderAnswer>;
  void(request: ChangeRequest): Promise<ProviderAnswer>;
  /** Answers with a record that contains the refund, under its id, in its current state; also when it failed at once. */
  refund(request: RefundRequest): Promise<ProviderAnswer>;
  /**
   * Looks a payment up by the provider's reference, or by the key of its authorisation while the reference is not known.
   * The record contains every refund and dispute of the payment.
   */
  lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer>;
  /**
   * A page of the payments created in a span of time, newest first, each in its current state. Payments without an order
   * id are left out: they are not ours. One that cannot be read is better left out than the whole page refused: ours are
   * then looked up by themselves. One created a moment ago may be missing. Without this method the provider's ledger
   * is not held against the payments: what is done at its dashboard is found out by webhooks and lookups alone.
   */
  list?(request: ListRequest): Promise<ListAnswer>;
  /**
   * Verifies a webhook's signature, over these bytes and with a time close to `now`, and reads it.
   * @param now ms since 1970
   */
  readWebhook(raw: Buffer, headers: Headers, now: number): Webhook;
  /** Closes the connections; no method is called after that. */
  close(): void;
}

/** A provider that lists its payments, so that its ledger can be held against ours. */
export type ListingProvider = PaymentProvider & Required<Pick<PaymentProvider, 'list'>>;

export function listsPayments(provider: PaymentProvider): provider is ListingProvider {
  return provider.list !== undefined;
}
