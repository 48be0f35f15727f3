import { fixedCredential } from '@outrider/connections';
import { startContractBench, WEBHOOK_SECRET } from '../testing/contract-bench.js';
import { paymentProviderContract } from '../testing/payment-provider-contract.js';
import { TOLERANCE_MS } from '../testing/provider-under-test.js';
import { SimulatorProvider } from './simulator-provider.js';

const make = (url: string, timeoutMs: number) =>
  new SimulatorProvider({
    url,
    timeoutMs,
    webhookSecrets: fixedCredential([WEBHOOK_SECRET]),
    actionMs: 60_000,
    toleranceMs: TOLERANCE_MS,
  });

paymentProviderContract('simulator', () => startContractBench(make, 'webhooks'));
