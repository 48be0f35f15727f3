import {
  JsonClient,
  mayHaveReached,
  NoAnswerError,
  type AuthorizeRequest,
  type ChangeRequest,
  type JsonResponse,
  type ListAnswer,
  type ListRequest,
  type LookupAnswer,
  type PaymentProvider,
  type ProviderAnswer,
  type ProviderBinding,
  type RefundRequest,
  type Webhook,
} from '@outrider/payment';
import { z } from 'zod';

const refundSchema = z.object({
  id: z.string(),
  label: z.string().nullable(),
  amount: z.int().min(0),
  status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED']),
  createdAt: z.iso.datetime(),
});
const paymentSchema = z.object({
  id: z.string(),
  orderId: z.string(),
  status: z.enum(['AUTHORIZED', 'DECLINED', 'CAPTURED', 'VOIDED']),
  amount: z.int().min(0),
  capturedAmount: z.int().min(0),
  refunds: z.array(refundSchema),
  currency: z.string(),
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
});
const refusalSchema = z.object({ refused: z.string() });
const pageSchema = z.object({ payments: z.array(paymentSchema), next: z.string().optional() });

type Unanswered = Extract<ProviderAnswer, { kind: 'unanswered' }>;

/** Acme Bank. Its payments have the key of the authorisation as their id. */
export class AcmeProvider implements PaymentProvider {
  readonly name = 'acme';
  readonly #client: JsonClient;

  constructor(private readonly settings: { readonly url: string; readonly token: string; readonly timeoutMs: number }) {
    this.#client = new JsonClient(settings.url, settings.timeoutMs);
  }

  authorize({ key, ...asked }: AuthorizeRequest): Promise<ProviderAnswer> {
    return this.#ask('PUT', `/payments/${key}`, key, asked);
  }

  capture({ key, reference, amount }: ChangeRequest): Promise<ProviderAnswer> {
    return this.#ask('POST', `/payments/${reference}/capture`, key, { amount });
  }

  void({ key, reference }: ChangeRequest): Promise<ProviderAnswer> {
    return this.#ask('POST', `/payments/${reference}/void`, key, {});
  }

  refund({ key, reference, amount, refundId }: RefundRequest): Promise<ProviderAnswer> {
    return this.#ask('POST', `/payments/${reference}/refund`, key, { amount, label: refundId });
  }

  async lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer> {
    const answer = await this.#ask('GET', `/payments/${'key' in by ? by.key : by.reference}`);
    return answer.kind === 'refused' ? { kind: 'not-found' } : answer;
  }

  async list({ createdFrom, createdTo, after = '' }: ListRequest): Promise<ListAnswer> {
    const span = new URLSearchParams({ from: createdFrom.toISOString(), to: createdTo.toISOString(), after });
    const answer = await this.#send('GET', `/payments?${span.toString()}`);
    if ('kind' in answer) return answer;
    const page = pageSchema.safeParse(answer.body);
    if (!page.success) return { kind: 'unanswered', reason: `HTTP ${answer.status}` };
    const charges = page.data.payments.map(({ id, reason: _reason, createdAt, ...payment }) => ({
      ...payment,
      providerPaymentId: id,
      refundedAmount: payment.refunds.reduce((sum, { amount, status }) => sum + (status === 'FAILED' ? 0 : amount), 0),
      disputed: false,
      createdAt: new Date(createdAt),
    }));
    return { kind: 'page', charges, ...(page.data.next !== undefined && { next: page.data.next }) };
  }

  readWebhook(): Webhook {
    return { kind: 'refused', reason: 'Acme sends none' };
  }

  close(): void {
    this.#client.close();
  }

  async #ask(method: string, path: string, key?: string, asked?: object): Promise<ProviderAnswer> {
    const answer = await this.#send(method, path, key, asked);
    if ('kind' in answer) return answer;
    const payment = paymentSchema.safeParse(answer.body);
    if (answer.status === 200 && payment.success) {
      const { id: reference, status, capturedAmount, reason } = payment.data;
      const refunds = payment.data.refunds.map(({ label, ...refund }) => ({
        ...refund,
        refundId: label,
        reason: null,
      }));
      return { kind: 'record', record: { reference, status, capturedAmount, refunds, disputes: [], reason } };
    }
    const refusal = refusalSchema.safeParse(answer.body);
    if (refusal.success) return { kind: 'refused', reason: refusal.data.refused };
    return { kind: 'unanswered', reached: true, reason: `HTTP ${answer.status}` };
  }

  async #send(method: string, path: string, key?: string, body?: object): Promise<JsonResponse | Unanswered> {
    const headers = { authorization: `Bearer ${this.settings.token}`, ...(key !== undefined && { 'request-id': key }) };
    try {
      return await this.#client.send(method, path, headers, body);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return { kind: 'unanswered', reached: mayHaveReached(error), reason: error.code };
    }
  }
}

/** The settings of Acme Bank. */
const acmeSettings = z.object({
  ACME_URL: z.url(),
  ACME_TOKEN: z.string().min(16, 'must be of 16 characters or more'),
});

/** PAYMENT_PROVIDER=acme */
export const acmeBinding: ProviderBinding<typeof acmeSettings> = {
  name: 'acme',
  settings: acmeSettings,
  create: ({ ACME_URL: url, ACME_TOKEN: token }, { timeoutMs }) => new AcmeProvider({ url, token, timeoutMs }),
};
