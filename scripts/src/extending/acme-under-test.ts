import { freePort } from '@outrider/testkit';
import type { PaymentProvider } from '@outrider/payment';
import { startProviderProxy, type ProviderUnderTest } from '@outrider/payment/testing';
import { openAcmeBank } from './acme-bank.js';

const TOKEN = 'a token of the test';

/** Acme's adapter, as docs/extending.md has it, before banks that behave in the ways of the contract. */
export async function acmeUnderTest(
  make: (settings: { readonly url: string; readonly token: string; readonly timeoutMs: number }) => PaymentProvider,
): Promise<ProviderUnderTest> {
  const bank = await openAcmeBank(TOKEN);
  const declining = await openAcmeBank(TOKEN, true);
  const proxy = await startProviderProxy(bank.url);
  proxy.fate = () => 'hold-answer';
  const at = (url: string, timeoutMs = 10_000): PaymentProvider => make({ url, token: TOKEN, timeoutMs });
  const providers = {
    provider: at(bank.url),
    declining: at(declining.url),
    gone: at(`http://127.0.0.1:${await freePort()}`),
    slow: at(proxy.url, 200),
  };
  return {
    ...providers,
    paymentMethod: 'pm_card',
    booked: async (orderId) => bank.booked(orderId),
    async close() {
      for (const provider of Object.values(providers)) provider.close();
      for (const server of [proxy, bank, declining]) await server.close();
    },
  };
}
