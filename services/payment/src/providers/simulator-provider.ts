import type { Credential } from '@outrider/connections';
import { idSchema, type ReasonCode } from '@outrider/contracts';
import { z } from 'zod';
import { simulatorSettings } from '../config.js';
import type { Charge, ProviderAnswer, ProviderRecord, ProviderRefund } from '../domain/provider-answer.js';
import { mayHaveReached, NoAnswerError } from '@outrider/common';
import { JsonClient, type JsonResponse } from './json-client.js';
import type {
  AuthorizeRequest,
  ChangeRequest,
  ListAnswer,
  ListRequest,
  LookupAnswer,
  PaymentProvider,
  RefundRequest,
  Webhook,
} from './payment-provider.js';
import type { CommonProviderSettings, ProviderBinding } from './provider-binding.js';
import { providerName, webAddressOf } from './provider-text.js';
import { signatureFault } from './webhook-signature.js';

const refundSchema = z.object({
  id: providerName,
  amount: z.int().min(0),
  status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED']),
  reason: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
});
const disputeSchema = z.object({
  id: providerName,
  amount: z.int().min(0),
  withheldAmount: z.int().min(0),
  reason: z.string(),
  status: z.enum(['OPEN', 'WON', 'LOST', 'CLOSED']),
  respondBy: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
const authorizationSchema = z.object({
  id: providerName,
  status: z.enum(['REQUIRES_ACTION', 'AUTHORIZED', 'DECLINED', 'CAPTURED', 'VOIDED', 'PARTIALLY_REFUNDED', 'REFUNDED']),
  capturedAmount: z.int().min(0),
  reason: z.string().nullable(),
  redirectUrl: z.string().nullable().default(null),
  refunds: z.array(refundSchema),
  disputes: z.array(disputeSchema),
});
const eventSchema = z.object({
  id: providerName,
  data: authorizationSchema.extend({ reference: idSchema }),
});
const pageSchema = z.object({
  data: z.array(
    authorizationSchema.extend({
      reference: z.string(),
      amount: z.int().positive(),
      refundedAmount: z.int().min(0),
      currency: z.string().regex(/^[A-Z]{3}$/u),
      createdAt: z.iso.datetime(),
    }),
  ),
  hasMore: z.boolean(),
});
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Why it declines, as customers may see it. */
const CODES: ReadonlyMap<string, ReasonCode> = new Map([
  ['card_declined', 'card-declined'],
  ['denied_by_customer', 'authentication-failed'],
]);
/** What is written on a refund. */
const REFUND_ID = 'refund_id';
const ORDER_ID = 'order_id';

/** Refusals of this request. Others (401, 404 of a route, 429, 5xx, a reused key) are about us, or temporary. */
const DEFINITE = new Set([400, 402, 409]);

/** Payments on a page of the list: some 30 kB. */
const PAGE = 100;

type Failure = Extract<ProviderAnswer, { kind: 'unanswered' }>;

export interface SimulatorProviderSettings extends CommonProviderSettings {
  /** without a slash at the end */
  readonly url: string;
  /** what its webhooks may be signed with at that time */
  readonly webhookSecrets: Credential<readonly string[]>;
}

/** The payment simulator of the local run and the tests, in its own dialect over HTTP. */
export class SimulatorProvider implements PaymentProvider {
  readonly name = 'simulator';
  readonly #client: JsonClient;

  constructor(private readonly settings: SimulatorProviderSettings) {
    this.#client = new JsonClient(settings.url, settings.timeoutMs);
  }

  close(): void {
    this.#client.close();
  }

  authorize({ key, orderId, amount, currency, paymentMethod }: AuthorizeRequest): Promise<ProviderAnswer> {
    return this.#operate('/authorizations', key, { amount, currency, paymentMethod, reference: orderId });
  }

  capture({ key, reference, amount }: ChangeRequest): Promise<ProviderAnswer> {
    return this.#operate(`/authorizations/${encodeURIComponent(reference)}/capture`, key, { amount });
  }

  void({ key, reference }: ChangeRequest): Promise<ProviderAnswer> {
    return this.#operate(`/authorizations/${encodeURIComponent(reference)}/void`, key, {});
  }

  refund({ key, reference, amount, refundId, orderId }: RefundRequest): Promise<ProviderAnswer> {
    const metadata = { [REFUND_ID]: refundId, [ORDER_ID]: orderId };
    return this.#operate(`/authorizations/${encodeURIComponent(reference)}/refund`, key, { amount, metadata });
  }

  async lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer> {
    const path = 'reference' in by ? `/${encodeURIComponent(by.reference)}` : `?key=${encodeURIComponent(by.key)}`;
    const response = await this.#request('GET', `/authorizations${path}`);
    if ('kind' in response) return { kind: 'unanswered', reason: response.reason };
    if (response.status === 404 && errorOf(response.body)?.code === 'not_found') return { kind: 'not-found' };
    const answer = this.#read(response);
    return answer.kind === 'record' ? answer : { kind: 'unanswered', reason: answer.reason };
  }

  readWebhook(raw: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>, now: number): Webhook {
    const { webhookSecrets, toleranceMs } = this.settings;
    const signature = headers['simulator-signature'];
    const fault = signatureFault({ signature, raw, secrets: webhookSecrets.current(), toleranceMs, now });
    if (fault !== undefined) return { kind: 'refused', reason: fault };
    const parsed = eventSchema.safeParse(jsonOf(raw));
    if (!parsed.success) return { kind: 'of-no-concern' };
    const { id: eventId, data } = parsed.data;
    return { kind: 'event', event: { eventId, orderId: data.reference, shown: this.#recordOf(data) } };
  }

  async list({ createdFrom, createdTo, after }: ListRequest): Promise<ListAnswer> {
    const query = new URLSearchParams({
      createdFrom: createdFrom.toISOString(),
      createdTo: createdTo.toISOString(),
      limit: String(PAGE),
      ...(after !== undefined && { after }),
    });
    const response = await this.#request('GET', `/authorizations?${query.toString()}`);
    if ('kind' in response) return { kind: 'unanswered', reason: response.reason };
    const page = response.status === 200 ? pageSchema.safeParse(response.body) : undefined;
    if (page?.success !== true) return { kind: 'unanswered', reason: `HTTP ${response.status}, and no page` };
    const { data, hasMore } = page.data;
    const last = data.at(-1);
    return { kind: 'page', charges: data.flatMap(chargeOf), ...(hasMore && last !== undefined && { next: last.id }) };
  }

  async #operate(path: string, key: string, body: object): Promise<ProviderAnswer> {
    const response = await this.#request('POST', path, key, body);
    if ('kind' in response) return response;
    const error = errorOf(response.body);
    const definite = DEFINITE.has(response.status) || (response.status === 404 && error?.code === 'not_found');
    if (definite && error !== undefined) return { kind: 'refused', reason: `${error.code}: ${error.message}` };
    return this.#read(response);
  }

  #read({ status, body }: JsonResponse): Extract<ProviderAnswer, { kind: 'record' | 'unanswered' }> {
    const parsed = status >= 200 && status < 300 ? authorizationSchema.safeParse(body) : undefined;
    if (parsed?.success === true) return { kind: 'record', record: this.#recordOf(parsed.data) };
    const error = errorOf(body);
    // 429 and 401: the request was not carried out
    const reached = status !== 429 && status !== 401;
    return { kind: 'unanswered', reached, reason: `HTTP ${status}${error === undefined ? '' : ` ${error.code}`}` };
  }

  #recordOf(shown: z.infer<typeof authorizationSchema>): ProviderRecord {
    const { id: reference, capturedAmount, reason, redirectUrl, disputes } = shown;
    const status = statusOf(shown.status);
    const code = status === 'DECLINED' ? (CODES.get(reason ?? '') ?? 'card-declined') : undefined;
    const address = status === 'REQUIRES_ACTION' ? webAddressOf(redirectUrl) : undefined;
    const expiresAt = new Date(Date.now() + this.settings.actionMs).toISOString();
    return {
      reference,
      status,
      capturedAmount,
      reason,
      refunds: shown.refunds.map(refundOf),
      disputes,
      ...(code !== undefined && { code }),
      ...(address !== undefined && { action: { redirectUrl: address, expiresAt } }),
    };
  }

  async #request(method: string, path: string, key?: string, body?: object): Promise<JsonResponse | Failure> {
    try {
      return await this.#client.send(method, path, key === undefined ? {} : { 'idempotency-key': key }, body);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return { kind: 'unanswered', reached: mayHaveReached(error), reason: error.code };
    }
  }
}

/** PAYMENT_PROVIDER=simulator */
export const simulatorBinding: ProviderBinding<typeof simulatorSettings> = {
  name: 'simulator',
  settings: simulatorSettings,
  create: ({ SIMULATOR_URL: url, SIMULATOR_WEBHOOK_SECRET: webhookSecrets }, common) =>
    new SimulatorProvider({ ...common, url, webhookSecrets }),
};

function refundOf({ metadata, ...refund }: z.infer<typeof refundSchema>): ProviderRefund {
  return { ...refund, refundId: idSchema.safeParse(metadata[REFUND_ID]).data ?? null };
}

/** Our status before refunds; refunds are counted by themselves. */
function statusOf(shown: z.infer<typeof authorizationSchema>['status']): ProviderRecord['status'] {
  return shown === 'PARTIALLY_REFUNDED' || shown === 'REFUNDED' ? 'CAPTURED' : shown;
}

function chargeOf({ id, reference, createdAt, ...shown }: z.infer<typeof pageSchema>['data'][number]): Charge[] {
  const orderId = idSchema.safeParse(reference);
  if (!orderId.success) return [];
  const { amount, capturedAmount, refundedAmount, currency } = shown;
  return [
    {
      providerPaymentId: id,
      orderId: orderId.data,
      status: statusOf(shown.status),
      amount,
      capturedAmount,
      refundedAmount,
      refunds: shown.refunds.map(({ id: refund, status }) => ({ id: refund, status })),
      disputed: shown.disputes.length > 0,
      currency,
      createdAt: new Date(createdAt),
    },
  ];
}

function jsonOf(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}

function errorOf(body: unknown): { code: string; message: string } | undefined {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? parsed.data.error : undefined;
}
