import { fixedCredential } from '@outrider/connections';
import { startContractBench, WEBHOOK_SECRET } from '../../testing/contract-bench.js';
import { paymentProviderContract } from '../../testing/payment-provider-contract.js';
import { TOLERANCE_MS } from '../../testing/provider-under-test.js';
import { StripeProvider } from './stripe-provider.js';

const make = (returnUrl: string | undefined) => (url: string, timeoutMs: number) =>
  new StripeProvider({
    secretKey: fixedCredential('sk_test_outrider'),
    webhookSecrets: fixedCredential([WEBHOOK_SECRET]),
    apiBase: url,
    returnUrl,
    timeoutMs,
    actionMs: 60_000,
    toleranceMs: TOLERANCE_MS,
  });

paymentProviderContract('stripe', () => startContractBench(make('https://shop.example/back'), 'stripeWebhooks'));
paymentProviderContract('stripe, in the shop’s own page', () => startContractBench(make(undefined), 'stripeWebhooks'));
