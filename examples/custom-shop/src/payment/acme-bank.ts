import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A payment in its books, in the currency's minor unit. */
export type BookedPayment = Payment & { readonly refundedAmount: number };

/** Acme Bank, as far as its API goes: it keeps what it is asked, each request once. It forgets all of it when it ends. */
export interface AcmeBank {
  readonly url: string;
  /** its books of an order */
  booked(orderId: string): readonly BookedPayment[];
  close(): Promise<void>;
}

interface Payment {
  readonly id: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly reason: string | null;
  status: string;
  capturedAmount: number;
  refunds: { id: string; label: string | null; amount: number; status: string; createdAt: string }[];
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const PAGE = 50;
const refused = (status: number, why: string): Answer => ({ status, body: { refused: why } });
const refundedOf = ({ refunds }: Pick<Payment, 'refunds'>): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

export interface AcmeBankOptions {
  /** what callers name themselves by */
  readonly token: string;
  /** every payment is declined */
  readonly declines?: boolean;
  /** 0 takes a free one */
  readonly port?: number;
}

/** Opens the bank, on this machine only. */
export async function openAcmeBank({ token, declines = false, port = 0 }: AcmeBankOptions): Promise<AcmeBank> {
  const payments = new Map<string, Payment>();
  const answers = new Map<string, { readonly asked: string; readonly answer: Answer }>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const shown = books(url);
      const answer =
        shown ??
        (request.headers.authorization === `Bearer ${token}`
          ? once(request.headers['request-id'], `${method} ${url} ${text}`, () => decide(method, url, text))
          : { status: 401, body: {} });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  function once(key: string | string[] | undefined, asked: string, work: () => Answer): Answer {
    if (typeof key !== 'string') return work();
    const before = answers.get(key);
    if (before !== undefined && before.asked !== asked) return { status: 409, body: { error: 'another request-id' } };
    const answer = before?.answer ?? work();
    answers.set(key, { asked, answer });
    return answer;
  }
  function decide(method: string, url: string, text: string): Answer {
    const [, , id = '', change] = url.split('/');
    if (method === 'GET' && url.startsWith('/payments?')) return listed(new URL(url, 'http://acme').searchParams);
    if (method === 'PUT') {
      const status = declines ? 'DECLINED' : 'AUTHORIZED';
      const made = { status, capturedAmount: 0, refunds: [], reason: declines ? 'no cover' : null };
      const { orderId, amount, currency } = JSON.parse(text) as Pick<Payment, 'orderId' | 'amount' | 'currency'>;
      const payment = { ...made, id, orderId, amount, currency, createdAt: new Date().toISOString() };
      payments.set(id, payment);
      return { status: 200, body: { ...payment } };
    }
    const payment = payments.get(id);
    if (payment === undefined) return refused(404, 'no such payment');
    if (method === 'POST') {
      const { amount = 0, label = null } = JSON.parse(text) as { amount?: number; label?: string | null };
      if (!applies(payment, change, amount, label)) return refused(409, `a payment that is ${payment.status}`);
    }
    return { status: 200, body: { ...payment, refunds: [...payment.refunds] } };
  }
  /** What scripts/up and scripts/balance ask a provider's stand-in; without a token. */
  function books(url: string): Answer | undefined {
    switch (url) {
      case '/livez':
        return { status: 200, body: { status: 'ok', pid: process.pid } };
      case '/ledger':
        return { status: 200, body: { data: [...payments.values()].map((payment) => ledgerEntry(payment)) } };
      case '/webhooks':
        return { status: 200, body: { events: 0, delivered: 0, forged: 0, believed: 0 } };
      default:
        return undefined;
    }
  }
  /** The newest first; `next` is the last one's id. */
  function listed(span: URLSearchParams): Answer {
    const [from, to, after] = ['from', 'to', 'after'].map((name) => span.get(name) ?? '') as [string, string, string];
    const all = [...payments.values()].filter(({ createdAt }) => createdAt >= from && createdAt < to).toReversed();
    const start = all.findIndex(({ id }) => id === after) + 1;
    const page = all.slice(start, start + PAGE);
    const next = start + PAGE < all.length ? page.at(-1)?.id : undefined;
    return { status: 200, body: { payments: page, ...(next !== undefined && { next }) } };
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    booked: (orderId) =>
      [...payments.values()]
        .filter((payment) => payment.orderId === orderId)
        .map((payment) => ({ ...payment, refundedAmount: refundedOf(payment) })),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A payment as balancing reads it: the simulator's form. */
function ledgerEntry({ id, orderId, amount, currency, status, capturedAmount, createdAt, refunds, ...rest }: Payment) {
  const refundedAmount = refundedOf({ refunds });
  const refunded = refundedAmount === capturedAmount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  return {
    id,
    reference: orderId,
    amount,
    currency,
    status: refundedAmount > 0 ? refunded : status,
    capturedAmount,
    refundedAmount,
    createdAt,
    refunds: refunds.map(({ label, ...refund }) => ({
      ...refund,
      reason: rest.reason,
      metadata: label === null ? {} : { refund_id: label },
      by: 'api',
    })),
    disputes: [],
  };
}

/** Does what is asked, where it can be done. */
function applies(payment: Payment, change: string | undefined, amount: number, label: string | null): boolean {
  if (change === 'refund') {
    if (refundedOf(payment) + amount > payment.capturedAmount) return false;
    const id = `refund-${payment.refunds.length + 1}`;
    payment.refunds.push({ id, label, amount, status: 'SUCCEEDED', createdAt: new Date().toISOString() });
    return true;
  }
  if (payment.status !== 'AUTHORIZED' || amount > payment.amount) return false;
  payment.status = change === 'capture' ? 'CAPTURED' : 'VOIDED';
  payment.capturedAmount = change === 'capture' ? amount : 0;
  return true;
}
