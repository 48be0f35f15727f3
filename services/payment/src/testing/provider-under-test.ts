import type { IncomingHttpHeaders } from 'node:http';
import type { DisputeOutcome } from '@outrider/contracts';
import type { ProviderRefund } from '../domain/provider-answer.js';
import type { PaymentProvider } from '../providers/payment-provider.js';

/** How far the time of a webhook may be off, in ms; the adapter under test is made with it. */
export const TOLERANCE_MS = 300_000;

/** A webhook as it came. */
export interface Delivery {
  readonly raw: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** A payment in the provider's own books; amounts in the currency's minor unit. */
export interface BookedPayment {
  /** the provider's id for it */
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
}

/** What people do at the provider by hand. Each names a payment by the provider's id for it, or a refund by its. */
export interface Dashboard {
  refund(reference: string, amount: number): Promise<void>;
  /** captures less than was authorised; called only with the capability partial-capture */
  capture(reference: string, amount: number): Promise<void>;
  /** the same at a provider that may show what was not captured as a refund; left out where none does */
  captureWithRestAsRefund?(reference: string, amount: number): Promise<void>;
  void(reference: string): Promise<void>;
  /** a bank sends a refund back */
  updateRefund(id: string, status: ProviderRefund['status'], reason: string): Promise<void>;
}

/** Customers who dispute payments. */
export interface Disputes {
  /** @param terms the whole amount unless said otherwise; nothing is withheld for an inquiry */
  open(
    reference: string,
    terms?: { readonly amount?: number; readonly reason?: string; readonly inquiry?: true },
  ): Promise<void>;
  close(id: string, outcome: DisputeOutcome): Promise<void>;
}

/**
 * An adapter before providers that behave in every way that matters: the provider's sandbox, or a server of your own that
 * answers as it does. What belongs to a capability may be left out without it.
 */
export interface ProviderUnderTest {
  /** one that carries out each request, and sends each webhook twice */
  readonly provider: PaymentProvider;
  /** one whose customers are always declined */
  readonly declining: PaymentProvider;
  /** one that accepts no connection */
  readonly gone: PaymentProvider;
  /** `provider`, doing what it is asked but answering later than its caller waits; see startProviderProxy */
  readonly slow: PaymentProvider;
  /** one whose customers always have to act, and what the customer does who is to approve a payment (customer-action) */
  readonly asking?: {
    readonly provider: PaymentProvider;
    readonly act: (reference: string, outcome: 'approve' | 'deny') => Promise<void>;
  };
  /** one whose refunds are on their way until they are updated (pending-refunds) */
  readonly pending?: {
    readonly provider: PaymentProvider;
    readonly updateRefund: (id: string, status: ProviderRefund['status']) => Promise<void>;
  };
  readonly paymentMethod: string;
  /** what `provider` has in its own books of an order */
  booked(orderId: string): Promise<readonly BookedPayment[]>;
  /** of `provider` (by-hand) */
  readonly dashboard?: Dashboard;
  /** of `provider` (disputes) */
  readonly disputes?: Disputes;
  /** makes `provider` forget its idempotency keys (forgotten-keys) */
  readonly forgetKeys?: () => Promise<void>;
  /** waits for so many webhooks that contain a text (an order's id or a payment's reference) and returns them (webhooks) */
  readonly received?: (text: string, count: number) => Promise<readonly Delivery[]>;
  close(): Promise<void>;
}
