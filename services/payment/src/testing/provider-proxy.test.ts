import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startProviderProxy, type Fate, type ProviderProxy } from './provider-proxy.js';

let closeProvider: () => Promise<unknown>;
let proxy: ProviderProxy;

beforeEach(async () => {
  const provider = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  closeProvider = () => new Promise((resolve) => provider.close(resolve));
  proxy = await startProviderProxy(`http://127.0.0.1:${(provider.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.close();
  await closeProvider();
});

// a rejection that nobody handles fails the whole test file
test.each<Fate>(['pass', 'lose-answer', 'hold-answer', 'hold-request'])(
  'a provider that breaks the connection has it broken by the proxy too (%s)',
  async (fate) => {
    proxy.fate = () => fate;
    const asked = expect(fetch(`${proxy.url}/v1/refunds`)).rejects.toThrow('fetch failed');
    if (fate === 'hold-request') {
      while (proxy.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await proxy.letGo();
    }
    await asked;
  },
);
