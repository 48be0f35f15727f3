import { freePort } from '@outrider/testkit';
import type { PaymentProvider } from '@outrider/payment';
import { startProviderProxy, type ProviderUnderTest } from '@outrider/payment/testing';
import { AcmeProvider } from '../payment/acme-provider.js';
import { openAcmeBank } from '../payment/acme-bank.js';

const TOKEN = 'a token of the test';

/** Acme's adapter before banks that behave in the ways of the contract. */
export async function acmeUnderTest(): Promise<ProviderUnderTest> {
  const bank = await openAcmeBank({ token: TOKEN });
  const declining = await openAcmeBank({ token: TOKEN, declines: true });
  const proxy = await startProviderProxy(bank.url);
  proxy.fate = () => 'hold-answer';
  const at = (url: string, timeoutMs = 10_000): PaymentProvider => new AcmeProvider({ url, token: TOKEN, timeoutMs });
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
