import type { Charge, ProviderAnswer, ProviderPart, ProviderRecord } from '../domain/provider-answer.js';

/** What looking up a payment came to. `not-found` proves nothing: a request may still be on its way. */
export type LookupAnswer =
  | { readonly kind: 'record'; readonly record: ProviderRecord }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unanswered'; readonly reason: string };

/** Something that happened at the provider, reported of its own accord. */
export interface ProviderEvent {
  /** the same however often it is sent */
  readonly eventId: string;
  /** null: the event does not say; the payment is found by the provider's name for it */
  readonly orderId: string | null;
  /** how the payment stood after it, or some of its refunds and disputes */
  readonly shown: ProviderRecord | ProviderPart;
}

/** What the bytes of a webhook are. `refused`: not from the provider. `of-no-concern`: from it, and nothing for us. */
export type Webhook =
  | { readonly kind: 'event'; readonly event: ProviderEvent }
  | { readonly kind: 'of-no-concern' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface AuthorizeRequest {
  /** the same key is the same request: it has its effect once, and the same answer for ever */
  readonly key: string;
  readonly orderId: string;
  /** minor units, as all amounts here */
  readonly amount: number;
  readonly currency: string;
  /** the provider's token for how the customer pays */
  readonly paymentMethod: string;
}

export interface ChangeRequest {
  readonly key: string;
  /** the provider's name for the authorisation */
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

export interface RefundRequest extends ChangeRequest {
  readonly orderId: string;
  /** kept by the provider with the refund, and shown with it ever after: the refund is known by it */
  readonly refundId: string;
}

/**
 * Which of the provider's payments to list, by when they were made: from `createdFrom` on, before `createdTo`. Both are
 * rounded down to whole seconds where a provider knows no less, so spans that lie side by side miss nothing.
 */
export interface ListRequest {
  readonly createdFrom: Date;
  readonly createdTo: Date;
  /** `next` of the page before; the other two must be the same as for that */
  readonly after?: string;
}

/** `next` is there when more follows; a page may be short, or empty, all the same. */
export type ListAnswer =
  | { readonly kind: 'page'; readonly charges: readonly Charge[]; readonly next?: string }
  | { readonly kind: 'unanswered'; readonly reason: string };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** By what a module asks for the provider. */
export const PAYMENT_PROVIDER = Symbol('payment provider');

/**
 * Who moves the money. Which one a shop uses is the setting PAYMENT_PROVIDER; another is added by a class of this shape
 * and a line in the module. Nothing here rejects: what goes wrong is an answer, and an answer that leaves a doubt says
 * so. Every request ends within the time that the adapter was given.
 */
export interface PaymentProvider {
  /** stands on every payment made through it */
  readonly name: string;
  authorize(request: AuthorizeRequest): Promise<ProviderAnswer>;
  capture(request: ChangeRequest): Promise<ProviderAnswer>;
  void(request: ChangeRequest): Promise<ProviderAnswer>;
  /** Answers with a record that shows the refund, by its id, as it stands; also one that failed at once. */
  refund(request: RefundRequest): Promise<ProviderAnswer>;
  /**
   * By the provider's reference where it is known, else by the key that it was authorised under. The record shows every
   * refund and dispute of the payment there is.
   */
  lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer>;
  /**
   * A page of the payments that were made in a span of time, the newest first, each as it stands now. Those that bear no
   * order's id are left out: they are somebody else's. One made a moment ago may be missing.
   */
  list(request: ListRequest): Promise<ListAnswer>;
  /**
   * Reads a webhook, when it is the provider's: it is signed, over these very bytes, at about this time.
   * @param now ms since 1970
   */
  readWebhook(raw: Buffer, headers: Headers, now: number): Webhook;
  /** Lets go of its connections; nothing is asked after that. */
  close(): void;
}
