import type { z } from 'zod';
import type { PaymentProvider } from './payment-provider.js';

/** What payment gives to each provider's adapter. */
export interface CommonProviderSettings {
  /** a request that takes longer counts as unanswered, in ms */
  readonly timeoutMs: number;
  /** how long a customer has who must act, in ms */
  readonly actionMs: number;
  /** how far a webhook's time may be from ours, in ms */
  readonly toleranceMs: number;
}

/** How one provider is selected and created. */
export interface ProviderBinding<S extends z.ZodType<object> = z.ZodType<object>> {
  /** the value of PAYMENT_PROVIDER that selects it */
  readonly name: string;
  /** the settings that it needs, by the names of their environment variables */
  readonly settings: S;
  create(settings: z.output<S>, common: CommonProviderSettings): PaymentProvider;
}
