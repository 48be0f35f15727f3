import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The bank of docs/extending.md: it keeps what it is asked, each request once. */
export interface AcmeBank {
  readonly url: string;
  close(): Promise<void>;
}

interface Payment {
  readonly id: string;
  readonly amount: number;
  status: string;
  capturedAmount: number;
  refunds: { id: string; label: string | null; amount: number; status: string; createdAt: string }[];
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refused = (status: number, why: string): Answer => ({ status, body: { refused: why } });

export async function openAcmeBank(token: string): Promise<AcmeBank> {
  const payments = new Map<string, Payment>();
  const answers = new Map<string, Answer>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const answer =
        request.headers.authorization === `Bearer ${token}`
          ? once(request.headers['request-id'], () => decide(request.method ?? '', request.url ?? '', text))
          : { status: 401, body: {} };
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  function once(key: string | string[] | undefined, work: () => Answer): Answer {
    if (typeof key !== 'string') return work();
    const answer = answers.get(key) ?? work();
    answers.set(key, answer);
    return answer;
  }
  function decide(method: string, url: string, text: string): Answer {
    const [, , id = '', change] = url.split('/');
    if (method === 'GET' && url.startsWith('/payments?'))
      return { status: 200, body: { payments: [...payments.values()] } };
    if (method === 'PUT') {
      const made = { status: 'AUTHORIZED', capturedAmount: 0, refunds: [], reason: null };
      const payment = { ...(JSON.parse(text) as { amount: number }), ...made, id, createdAt: new Date().toISOString() };
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Does what is asked, where it can be done. */
function applies(payment: Payment, change: string | undefined, amount: number, label: string | null): boolean {
  if (change === 'refund') {
    const refunded = payment.refunds.reduce((sum, refund) => sum + refund.amount, 0);
    if (refunded + amount > payment.capturedAmount) return false;
    const id = `refund-${payment.refunds.length + 1}`;
    payment.refunds.push({ id, label, amount, status: 'SUCCEEDED', createdAt: new Date().toISOString() });
    return true;
  }
  if (payment.status !== 'AUTHORIZED') return false;
  payment.status = change === 'capture' ? 'CAPTURED' : 'VOIDED';
  payment.capturedAmount = change === 'capture' ? amount : 0;
  return true;
}
