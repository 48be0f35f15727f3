import { httpUrl, milliseconds } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';

/** What a service needs that pays through the simulator. */
const simulatorSettings = z.object({
  PAYMENT_PROVIDER: z.literal('simulator'),
  SIMULATOR_URL: httpUrl.transform(withoutSlash),
  /** what the simulator signs its webhooks with */
  SIMULATOR_WEBHOOK_SECRET: z.string().min(16, 'must be of 16 characters or more'),
});

/** What a service needs that pays through Stripe. */
const stripeSettings = z
  .object({
    PAYMENT_PROVIDER: z.literal('stripe'),
    /** a restricted key is enough: it writes payment intents and refunds, and reads charges */
    STRIPE_SECRET_KEY: z.string().regex(/^[rs]k_(?:test|live)_\w+$/u, 'must be a secret key of Stripe: sk_… or rk_…'),
    /** what Stripe signs the webhooks of this endpoint with */
    STRIPE_WEBHOOK_SECRET: z.string().regex(/^whsec_\w{16,}$/u, 'must be the signing secret of an endpoint: whsec_…'),
    STRIPE_API_BASE: httpUrl.transform(withoutSlash).default('https://api.stripe.com'),
    /** where a bank sends customers back to; without it they act in the shop's own page, with Stripe's script */
    STRIPE_RETURN_URL: httpUrl.optional(),
  })
  .refine(({ STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base }) => !key.includes('_live_') || !base.startsWith('http:'), {
    path: ['STRIPE_API_BASE'],
    message: 'must be https: with a live key',
  });

const commonSettings = z.object({
  ...serviceSettings,
  /** how far the time of a webhook's signature may be from ours */
  PAYMENT_WEBHOOK_TOLERANCE_MS: milliseconds.default(300_000),
  /** how long a customer has who must act; order and stock wait longer (docs/decisions/042) */
  PAYMENT_ACTION_MS: milliseconds.default(540_000),
  /** requests to the provider at once, of one process */
  PAYMENT_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(64),
  /** a request to the provider that takes longer leaves a doubt; an attempt's lease is six times as long */
  PAYMENT_PROVIDER_TIMEOUT_MS: milliseconds.default(5_000),
  /** waits before a provider that gave no answer is asked again: the first, doubling up to the longest */
  PAYMENT_RETRY_FIRST_MS: milliseconds.default(500),
  PAYMENT_RETRY_LONGEST_MS: milliseconds.default(60_000),
  /** the longest wait before a refund that is on its way is looked at again, or one that failed is asked for again */
  PAYMENT_REFUND_RETRY_LONGEST_MS: milliseconds.default(3_600_000),
  /** how often to look for attempts that nobody carries out any more, and whether the ledger is to be checked */
  PAYMENT_SCAN_MS: milliseconds.default(5_000),
  /** how long the provider's ledger is left alone after it was checked */
  PAYMENT_LEDGER_EVERY_MS: milliseconds.default(300_000),
  /** payments of orders younger than this are not held against the ledger yet */
  PAYMENT_LEDGER_GRACE_MS: milliseconds.default(60_000),
  /** how far back the first check begins, and how far back payments are looked at again that were on their way */
  PAYMENT_LEDGER_RECENT_MS: milliseconds.default(3_600_000),
  /** how far back charges are looked at again, a piece in each check: refunds and corrections come late */
  PAYMENT_LEDGER_SWEEP_DAYS: z.coerce.number('must be a number of days').int().min(1).max(3_650).default(180),
  /** pages of a hundred charges of that, in each check */
  PAYMENT_LEDGER_SWEEP_PAGES: z.coerce.number('must be a number of pages').int().min(1).max(10_000).default(20),
  /** requests to the provider in a second, for the check of its ledger alone; one at a time */
  PAYMENT_LEDGER_PER_SECOND: z.coerce.number('must be a number of requests').min(0.1).max(1_000).default(5),
});

/** Who moves the money: PAYMENT_PROVIDER, simulator unless said otherwise, and what that one needs. */
const providerSettings = z.preprocess(
  (given) => (typeof given === 'object' ? { PAYMENT_PROVIDER: 'simulator', ...given } : given),
  z.discriminatedUnion('PAYMENT_PROVIDER', [simulatorSettings, stripeSettings], 'must be simulator or stripe'),
);

/** The settings of the payment service, by the names of their environment variables. */
export const paymentConfig = z.intersection(commonSettings, providerSettings);
export type PaymentConfig = z.infer<typeof paymentConfig>;

function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, '');
}
