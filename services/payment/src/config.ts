import { httpUrl, milliseconds } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';

/** The settings of the payment service, by the names of their environment variables. */
export const paymentConfig = z.object({
  ...serviceSettings,
  /** who moves the money */
  PAYMENT_PROVIDER: z.enum(['simulator'], 'must be simulator').default('simulator'),
  SIMULATOR_URL: httpUrl.transform((url) => url.replace(/\/+$/u, '')),
  /** what the simulator signs its webhooks with */
  SIMULATOR_WEBHOOK_SECRET: z.string().min(16, 'must be of 16 characters or more'),
  /** how far the time of a webhook's signature may be from ours */
  PAYMENT_WEBHOOK_TOLERANCE_MS: milliseconds.default(300_000),
  /** how long a customer has who must act; shorter than order waits, so that the payment is the first to give up */
  PAYMENT_ACTION_MS: milliseconds.default(540_000),
  /** requests to the provider at once, of one process */
  PAYMENT_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(64),
  /** a request to the provider that takes longer leaves a doubt; an attempt's lease is six times as long */
  PAYMENT_PROVIDER_TIMEOUT_MS: milliseconds.default(5_000),
  /** waits before a provider that gave no answer is asked again: the first, doubling up to the longest */
  PAYMENT_RETRY_FIRST_MS: milliseconds.default(500),
  PAYMENT_RETRY_LONGEST_MS: milliseconds.default(60_000),
  /** how often to look for attempts that nobody carries out any more */
  PAYMENT_SCAN_MS: milliseconds.default(5_000),
});
export type PaymentConfig = z.infer<typeof paymentConfig>;
