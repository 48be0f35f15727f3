import { secretSetting, secretsSetting, settingsWithSecrets, type Credential } from '@outrider/connections';
import { httpUrl, milliseconds } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';
import type { ProviderBinding } from './providers/provider-binding.js';

/** The settings of the simulator. */
export const simulatorSettings = settingsWithSecrets({
  SIMULATOR_URL: httpUrl.transform(withoutSlash),
  /** what the simulator signs its webhooks with; two are valid while it is exchanged */
  SIMULATOR_WEBHOOK_SECRET: secretsSetting(2, (secret) =>
    secret.length < 16 ? 'must be of 16 characters or more' : undefined,
  ),
});

/** The settings of Stripe. */
export const stripeSettings = settingsWithSecrets({
  /** a restricted key is enough: it writes payment intents and refunds, and reads charges */
  STRIPE_SECRET_KEY: secretSetting((key) =>
    /^[rs]k_(?:test|live)_\w+$/u.test(key) ? undefined : 'must be a secret key of Stripe: sk_… or rk_…',
  ),
  /** what Stripe signs the webhooks of this endpoint with; two are valid while it is exchanged */
  STRIPE_WEBHOOK_SECRET: secretsSetting(2, (secret) =>
    /^whsec_\w{16,}$/u.test(secret) ? undefined : 'must be the signing secret of an endpoint: whsec_…',
  ),
  STRIPE_API_BASE: httpUrl.transform(withoutSlash).default('https://api.stripe.com'),
  /** where a bank sends customers back to; without it they act in the shop's own page, with Stripe's script */
  STRIPE_RETURN_URL: httpUrl.optional(),
})
  .refine(({ STRIPE_SECRET_KEY: key, STRIPE_API_BASE: base }) => maySend(key.current(), base), {
    path: ['STRIPE_API_BASE'],
    message: 'must be https: with a live key',
  })
  .transform((settings) => ({ ...settings, STRIPE_SECRET_KEY: sendable(settings) }));

/** A live key is never sent in plain text. */
function maySend(key: string, base: string): boolean {
  return !key.includes('_live_') || !base.startsWith('http:');
}

/** The key, without one that came into its file later and may not be sent there: the one before it stays. */
function sendable(settings: { STRIPE_SECRET_KEY: Credential<string>; STRIPE_API_BASE: string }): Credential<string> {
  let last = settings.STRIPE_SECRET_KEY.current();
  return {
    current: () => {
      const key = settings.STRIPE_SECRET_KEY.current();
      return maySend(key, settings.STRIPE_API_BASE) ? (last = key) : last;
    },
  };
}

/** The settings that do not depend on the provider. */
const commonSettings = z.object({
  ...serviceSettings,
  /** how far the time of a webhook's signature may be from ours */
  PAYMENT_WEBHOOK_TOLERANCE_MS: milliseconds.default(300_000),
  /** how long a customer has who must act; order and stock wait longer (docs/decisions/042) */
  PAYMENT_ACTION_MS: milliseconds.default(540_000),
  /** requests to the provider at once, of one process */
  PAYMENT_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(64),
  /** after a longer request to the provider the payment is in doubt; an attempt's lease is six times as long */
  PAYMENT_PROVIDER_TIMEOUT_MS: milliseconds.default(5_000),
  /** waits before a provider that gave no answer is asked again: the first, doubled up to the longest */
  PAYMENT_RETRY_FIRST_MS: milliseconds.default(500),
  PAYMENT_RETRY_LONGEST_MS: milliseconds.default(60_000),
  /** the longest wait before a pending refund is looked up again, or one that failed is requested again */
  PAYMENT_REFUND_RETRY_LONGEST_MS: milliseconds.default(3_600_000),
  /** how often to claim attempts whose process has died, and to see whether the ledger is to be checked */
  PAYMENT_SCAN_MS: milliseconds.default(5_000),
  /** from the end of one check of the provider's ledger to the start of the next */
  PAYMENT_LEDGER_EVERY_MS: milliseconds.default(300_000),
  /** payments of orders younger than this are not compared with the ledger yet */
  PAYMENT_LEDGER_GRACE_MS: milliseconds.default(60_000),
  /** how far back the first check starts, and how far back payments are compared again that were busy */
  PAYMENT_LEDGER_RECENT_MS: milliseconds.default(3_600_000),
  /** how far back charges are compared again, a part in each check: refunds and corrections come late */
  PAYMENT_LEDGER_SWEEP_DAYS: z.coerce.number('must be a number of days').int().min(1).max(3_650).default(180),
  /** pages of a hundred charges in such a part */
  PAYMENT_LEDGER_SWEEP_PAGES: z.coerce.number('must be a number of pages').int().min(1).max(10_000).default(20),
  /** requests to the provider per second for the check of its ledger; one at a time */
  PAYMENT_LEDGER_PER_SECOND: z.coerce.number('must be a number of requests').min(0.1).max(1_000).default(5),
});

export type PaymentConfig = z.infer<typeof commonSettings> & { readonly PAYMENT_PROVIDER: string };

/** The provider's name and its settings; which settings follows from PAYMENT_PROVIDER. */
function providerSettings(providers: readonly ProviderBinding[]): z.ZodType<{ readonly PAYMENT_PROVIDER: string }> {
  const names = providers.map(({ name }) => name);
  const selected = z.enum(names, `must be ${names.join(' or ')}`).default(names[0] ?? '');
  return z.looseObject({ PAYMENT_PROVIDER: selected }).transform((given, context) => {
    const settings = providers.find(({ name }) => name === given.PAYMENT_PROVIDER)?.settings.safeParse(given);
    for (const issue of settings?.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
    return { ...settings?.data, PAYMENT_PROVIDER: given.PAYMENT_PROVIDER };
  });
}

/** The settings of the payment service, by the names of their environment variables. */
export function paymentConfigWith(providers: readonly ProviderBinding[]): z.ZodType<PaymentConfig> {
  return z.intersection(commonSettings, providerSettings(providers));
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, '');
}
