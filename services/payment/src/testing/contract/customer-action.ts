import { expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { had, type ProviderTrial } from './provider-trial.js';

/** Customers who must approve a payment. Registers Jest tests. */
export function customerAction(trial: ProviderTrial): void {
  const { recordOf, change, stands, testOf } = trial;

  testOf(['customer-action'], 'F46 asks for the customer, who approves, denies, or comes too late', async () => {
    const { provider: asking, act } = had(trial.under.asking, 'asking');
    const ask = async (): Promise<string> => {
      const answer = await asking.authorize({ ...trial.asked, key: newId(), orderId: newId() });
      const { reference, status, action } = recordOf(answer);
      expect(status).toBe('REQUIRES_ACTION');
      expect(Date.parse(action?.expiresAt ?? '')).toBeGreaterThan(Date.now());
      expect(action?.redirectUrl ?? action?.clientSecret).toMatch(/./u);
      return reference;
    };
    const [approved, denied, late] = [await ask(), await ask(), await ask()];
    expect(await asking.capture(change(approved))).toMatchObject({ kind: 'refused' });
    expect(await stands(asking, approved)).toBe('REQUIRES_ACTION');
    await act(approved, 'approve');
    expect(await stands(asking, approved)).toBe('AUTHORIZED');
    await act(denied, 'deny');
    expect(await stands(asking, denied)).toBe('DECLINED');
    expect(await asking.void(change(late))).toMatchObject({ record: { status: 'VOIDED' } });
    await act(late, 'approve');
    expect(await stands(asking, late)).toBe('VOIDED');
  });
}
