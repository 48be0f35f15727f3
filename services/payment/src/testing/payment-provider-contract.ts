import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { listsPayments } from '../providers/payment-provider.js';
import { byHand } from './contract/by-hand.js';
import { customerAction } from './contract/customer-action.js';
import { disputes } from './contract/disputes.js';
import { keysAndDoubt } from './contract/keys-and-doubt.js';
import { list } from './contract/list.js';
import { operations } from './contract/operations.js';
import { ProviderTrial } from './contract/provider-trial.js';
import { refusals } from './contract/refusals.js';
import { webhooks } from './contract/webhooks.js';
import { CAPABILITIES, type Capability } from './provider-capabilities.js';
import type { ProviderUnderTest } from './provider-under-test.js';

/** What every adapter must do, and then, capability by capability, what some can do. */
const PARTS = [operations, refusals, keysAndDoubt, byHand, disputes, customerAction, list, webhooks] as const;

/**
 * What every adapter of the port must do; run against each, also those of shops. Registers Jest tests.
 *
 * @param name of the provider, for the tests' names
 * @param start called once, before the tests; its `close` is called after them
 * @param capabilities what the provider can do beside moving money: by default everything. Tests of what it cannot do
 *   are skipped, and say which capability they need
 */
export function paymentProviderContract(
  name: string,
  start: () => Promise<ProviderUnderTest>,
  capabilities: readonly Capability[] = CAPABILITIES,
): void {
  describe(`the payment provider ${name}`, () => {
    const trial = new ProviderTrial(name, capabilities);
    beforeAll(async () => {
      trial.under = await start();
    });
    afterAll(() => trial.under.close());
    beforeEach(() => trial.begin());

    for (const part of PARTS) part(trial);

    if (trial.lacking.length === 0) return;
    test(`says what it cannot do: ${trial.lacking.join(', ')}`, async () => {
      const { provider } = trial.under;
      if (trial.lacks('list')) expect(listsPayments(provider)).toBe(false);
      if (trial.lacks('webhooks')) {
        const forged = Buffer.from(JSON.stringify({ orderId: trial.asked.orderId, status: 'CAPTURED' }));
        expect(provider.readWebhook(forged, {}, Date.now())).toMatchObject({ kind: 'refused' });
      }
    });
  });
}
