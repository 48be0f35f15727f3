import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { defineEndpoint, Endpoint, principalName, type Answer, type RequestOf } from '../http/index.js';
import { serviceSettings, type ServiceConfig, type ServiceDefinition } from '../runtime/index.js';

const base = {
  summary: 'Read the name of the caller',
  responses: { 200: { description: 'who', body: z.object({ who: z.string() }) } },
};
const anyone = defineEndpoint({ ...base, operationId: 'anyone', method: 'GET', path: '/anyone', access: 'anyone' });
const customers = defineEndpoint({
  ...base,
  operationId: 'customers',
  method: 'GET',
  path: '/customers',
  access: { roles: ['customer', 'admin'] },
});
const admins = defineEndpoint({
  ...base,
  operationId: 'admins',
  method: 'POST',
  path: '/admins',
  access: { roles: ['admin'], scope: 'echo:write' },
  body: z.strictObject({ text: z.string() }),
});
const webhooks = defineEndpoint({
  ...base,
  operationId: 'webhooks',
  method: 'POST',
  path: '/webhooks/:provider',
  access: 'anyone',
  params: z.object({ provider: z.string() }),
  rawBody: true,
});

@Controller()
class EchoController {
  @Endpoint(anyone)
  async anyone({ principal }: RequestOf<typeof anyone>): Promise<Answer> {
    return { status: 200, body: { who: principalName(principal) } };
  }

  @Endpoint(customers)
  async customers({ principal }: RequestOf<typeof customers>): Promise<Answer> {
    return { status: 200, body: { who: principalName(principal) } };
  }

  @Endpoint(admins)
  async admins({ principal }: RequestOf<typeof admins>): Promise<Answer> {
    return { status: 200, body: { who: principalName(principal) } };
  }

  @Endpoint(webhooks)
  async webhooks({ raw }: RequestOf<typeof webhooks>): Promise<Answer> {
    return { status: 200, body: { who: String(raw?.length) } };
  }
}

/** A service that answers callers with their own name: for tests of what every service has at its ports. */
export const echoService: ServiceDefinition<ServiceConfig> = {
  name: 'echo',
  title: 'Echo',
  config: z.object(serviceSettings),
  entities: [],
  migrations: [],
  controllers: [EchoController],
  module: () => ({ module: class EchoModule {}, controllers: [EchoController], providers: [] }),
  subscriptions: () => [],
};
