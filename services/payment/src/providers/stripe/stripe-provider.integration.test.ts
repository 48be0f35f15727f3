import { startContractBench, TOLERANCE_MS, WEBHOOK_SECRET } from '../../testing/contract-bench.js';
import { paymentProviderContract } from '../../testing/payment-provider-contract.js';
import { StripeProvider } from './stripe-provider.js';

const make = (returnUrl: string | undefined) => (url: string, timeoutMs: number) =>
  new StripeProvider({
    secretKey: 'sk_test_outrider',
    webhookSecret: WEBHOOK_SECRET,
    apiBase: url,
    returnUrl,
    timeoutMs,
    actionMs: 60_000,
    toleranceMs: TOLERANCE_MS,
  });

paymentProviderContract('stripe', () => startContractBench(make('https://shop.example/back'), 'stripeWebhooks'));
paymentProviderContract('stripe, in the shop’s own page', () => startContractBench(make(undefined), 'stripeWebhooks'));
