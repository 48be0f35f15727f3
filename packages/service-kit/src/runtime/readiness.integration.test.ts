import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startInfra, type Infra } from '@outrider/testkit';
import { z } from 'zod';
import { startTestService, type TestService } from '../testing/index.js';
import { serviceSettings, subscribe, type ServiceConfig, type ServiceDefinition } from './index.js';

const STARTS_IN_MS = 120_000;

const reader: ServiceDefinition<ServiceConfig> = {
  name: 'reader',
  title: 'Reader',
  config: z.object(serviceSettings),
  entities: [],
  migrations: [],
  controllers: [],
  module: () => ({ module: class ReaderModule {} }),
  subscriptions: () => [subscribe('catalog-event', () => Promise.resolve())],
};

let infra: Infra;
let service: TestService;
beforeAll(async () => {
  infra = await startInfra({ mode: 'embedded', durable: false, parts: ['kafka'] });
  service = await startTestService(reader, { brokers: infra.brokers });
}, STARTS_IN_MS);
afterAll(async () => {
  process.kill(infra.pids.kafka!, 'SIGCONT');
  await service.close();
  await infra.stop();
}, STARTS_IN_MS);

const answer = async (path: string, url: string): Promise<{ status: number; checks: Record<string, string> }> => {
  const response = await fetch(`${url}${path}`);
  const { checks = {} } = (await response.json()) as { checks?: Record<string, string> };
  return { status: response.status, checks };
};

test(
  'F38 a service is ready as long as the broker counts it in, and again when the broker is back; it stays live',
  async () => {
    const ready = async (): Promise<boolean> => (await answer('/readyz', service.url)).status === 200;
    await service.until('it is ready', ready);

    process.kill(infra.pids.kafka!, 'SIGSTOP');
    await service.until('it is not ready', async () => !(await ready()));
    const { status, checks } = await answer('/readyz', service.adminUrl);
    expect(status).toBe(503);
    expect(checks).toMatchObject({ database: 'ok', schema: 'ok' });
    expect(checks['kafka']).toMatch(/^no word from the broker for \d+ s$/);
    for (const url of [service.url, service.adminUrl]) expect((await answer('/livez', url)).status).toBe(200);

    process.kill(infra.pids.kafka!, 'SIGCONT');
    await service.until('it is ready again', ready);
  },
  STARTS_IN_MS,
);
