import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { freePort } from '@outrider/testkit';
import { startSimulator, type Simulator } from '@outrider/testkit/simulator';
import { startProviderProxy, type ProviderProxy } from '../testing/provider-proxy.js';
import { providerContract, type ProviderUnderTest } from '../testing/provider-contract.js';
import { SimulatorProvider } from './simulator-provider.js';

let directory: string;
let simulators: Simulator[];
let proxy: ProviderProxy;
let under: ProviderUnderTest;

const at = (url: string, timeoutMs = 10_000) =>
  new SimulatorProvider({
    url,
    timeoutMs,
    webhookSecret: 'a secret of the test',
    actionMs: 60_000,
    toleranceMs: 300_000,
  });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'payment-'));
  const good = await startSimulator({ ledgerFile: join(directory, 'good.jsonl') });
  const declining = await startSimulator({ ledgerFile: join(directory, 'no.jsonl'), behaviour: { declines: 100 } });
  const asking = await startSimulator({ ledgerFile: join(directory, 'ask.jsonl'), behaviour: { actions: 100 } });
  simulators = [good, declining, asking];
  proxy = await startProviderProxy(good.url);
  proxy.fate = () => 'hold-answer';
  under = {
    provider: at(good.url),
    declining: at(declining.url),
    asking: at(asking.url),
    async act(redirectUrl, outcome) {
      const headers = { 'content-type': 'application/json' };
      await fetch(redirectUrl, { method: 'POST', headers, body: JSON.stringify({ outcome }) });
    },
    gone: at(`http://127.0.0.1:${await freePort()}`),
    slow: at(proxy.url, 200),
    paymentMethod: 'pm_card',
  };
});

afterAll(async () => {
  for (const one of [under.provider, under.declining, under.asking, under.gone, under.slow]) one.close();
  await proxy.close();
  for (const simulator of simulators) await simulator.close();
  await rm(directory, { recursive: true });
});

providerContract('simulator', () => under);
