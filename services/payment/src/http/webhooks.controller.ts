import { Controller, Inject } from '@nestjs/common';
import {
  ProblemError,
  providerNameSchema,
  webhookAnswerSchema,
  webhookHeadersSchema,
  webhookSchema,
} from '@outrider/contracts';
import { defineEndpoint, Endpoint, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { z } from 'zod';
import { AttemptRunner } from '../commands/attempt-runner.js';
import { PAYMENT_PROVIDER, type PaymentProvider } from '../providers/payment-provider.js';

const receiveWebhook = defineEndpoint({
  operationId: 'receiveWebhook',
  method: 'POST',
  path: '/webhooks/:provider',
  summary: 'Receive an event of a payment provider',
  description: 'The provider signs it.',
  access: 'anyone',
  params: z.object({ provider: providerNameSchema }),
  headers: webhookHeadersSchema,
  body: webhookSchema,
  rawBody: true,
  signed: true,
  responses: {
    200: {
      description: 'received: it changed the payment, said nothing new, was seen before, or is of no concern here',
      body: webhookAnswerSchema,
    },
  },
  problems: ['not-found', 'signature-invalid'],
});

@Controller()
export class WebhooksController {
  constructor(
    @Inject(PAYMENT_PROVIDER) private readonly provider: PaymentProvider,
    @Inject(AttemptRunner) private readonly runner: AttemptRunner,
  ) {}

  @Endpoint(receiveWebhook)
  async receive({ params, raw, headers }: RequestOf<typeof receiveWebhook>): Promise<Answer> {
    if (params.provider !== this.provider.name) throw new ProblemError('not-found');
    const webhook = this.provider.readWebhook(raw ?? Buffer.alloc(0), headers, Date.now());
    switch (webhook.kind) {
      case 'refused':
        throw new ProblemError('signature-invalid', webhook.reason);
      case 'of-no-concern':
        return { status: 200, body: { outcome: 'of-no-concern' } };
      case 'event':
        return { status: 200, body: { outcome: await this.runner.applyEvent(webhook.event) } };
    }
  }
}
