import type { ProviderAnswer, ProviderDispute, ProviderRecord, ProviderRefund } from '../domain/provider-answer.js';
import { countsAsRefunded } from '../domain/refunds.js';
import type {
  AuthorizeRequest,
  ChangeRequest,
  ListAnswer,
  LookupAnswer,
  PaymentProvider,
  ProviderEvent,
  RefundRequest,
  Webhook,
} from '../providers/payment-provider.js';

/** A request or an answer on its way. */
interface Message {
  readonly arrive: () => void;
}

/** Somebody waits for an answer. */
interface Call {
  /** it reaches nobody, or it is no longer waited for */
  readonly giveUp: (reached: boolean) => void;
}

const ACTION_MS = 120_000;

/**
 * A provider with one order's payment in its books, and the network before it. A key has its effect once, and the same
 * answer, until keys are forgotten. Requests and answers wait in `net` until they are delivered, in any order; a call
 * may time out while its request is still in flight. People work at its dashboard, and banks return refunds, before the
 * service has received anything about them or days later.
 */
export class ModelProvider implements PaymentProvider {
  readonly name = 'model';
  readonly net: Message[] = [];
  readonly calls: Call[] = [];
  readonly events: ProviderEvent[] = [];
  /** how many authorisations were ever made */
  authorizations = 0;
  record: ProviderRecord | undefined;
  /** what was captured at the dashboard */
  capturedByHand = false;
  voidedByHand = false;
  /** no more refusals of its own, and nobody at the dashboard */
  calm = false;
  readonly #answers = new Map<string, { readonly request: string; readonly answer: () => ProviderAnswer }>();
  #madeUnder = '';
  #refunds = 0;
  #asked = 0;

  constructor(
    private readonly orderId: string,
    private readonly chance: () => number,
    private readonly now: () => number,
  ) {}

  deliver(message: Message): void {
    this.net.splice(this.net.indexOf(message), 1);
    message.arrive();
  }

  /** Half of the time the request never arrives, and its sender knows; else it may still. */
  timeOut(call: Call): void {
    call.giveUp(this.chance() < 0.7);
  }

  customerActs(): void {
    if (this.record?.status !== 'REQUIRES_ACTION') return;
    const { action: _action, ...known } = this.record;
    if (this.chance() < 0.7) this.#set({ ...known, status: 'AUTHORIZED' });
    else this.#set({ ...known, status: 'DECLINED', reason: 'denied' });
  }

  /** As a day or so after them, when nothing that was sent under one is still on its way. */
  forgetKeys(): void {
    if (this.net.length === 0 && this.calls.length === 0) this.#answers.clear();
  }

  /** Somebody captures, voids, refunds or disputes. */
  somebodyActs(): void {
    const { record } = this;
    if (record === undefined || this.calm) return;
    const lot = this.chance();
    if (record.status === 'AUTHORIZED' && lot < 0.1) {
      this.voidedByHand = true;
      this.#set({ ...record, status: 'VOIDED' });
    } else if (record.status === 'AUTHORIZED' && lot < 0.2) {
      this.capturedByHand = true;
      const capturedAmount = Math.ceil(this.#asked * (lot < 0.15 ? 0.5 : 1));
      this.#set({ ...record, status: 'CAPTURED', capturedAmount });
    } else if (record.status === 'CAPTURED' && lot < 0.3) {
      const open = record.capturedAmount - refundedBy(record);
      if (open > 0) this.#refunded(record, { refundId: null, amount: Math.ceil(open * this.chance()) });
    } else if (record.status === 'CAPTURED' && lot < 0.4 && record.disputes.length === 0) {
      this.#set({ ...record, disputes: [disputeOf(record)] });
    } else if (record.disputes[0]?.status === 'OPEN' && lot < 0.5) {
      this.#set({ ...record, disputes: [{ ...record.disputes[0], status: lot < 0.45 ? 'WON' : 'LOST' }] });
    }
  }

  /** A refund that is on its way arrives or fails, or the bank sends one back that had arrived. */
  bankActs(): void {
    const { record } = this;
    const pending = record?.refunds.find(({ status }) => status === 'PENDING');
    if (record !== undefined && pending !== undefined) {
      const status = this.calm || this.chance() < 0.6 ? 'SUCCEEDED' : this.chance() < 0.5 ? 'FAILED' : 'CANCELED';
      this.#set(withRefund(record, { ...pending, status }));
      return;
    }
    const arrived = record?.refunds.find(({ status }) => status === 'SUCCEEDED');
    if (record === undefined || arrived === undefined || this.calm || this.chance() > 0.2) return;
    this.#set(withRefund(record, { ...arrived, status: 'FAILED', reason: 'lost_or_stolen_card' }));
  }

  authorize(request: AuthorizeRequest): Promise<ProviderAnswer> {
    return this.#call(request.key, request, () => {
      const lot = this.chance();
      if (lot < 0.05) return { kind: 'refused', reason: 'no such payment method' };
      this.authorizations += 1;
      this.#madeUnder = request.key;
      this.#asked = request.amount;
      const base = { reference: 'auth_1', capturedAmount: 0, refunds: [], disputes: [], reason: null };
      if (lot < 0.2) return this.#set({ ...base, status: 'DECLINED', reason: 'card_declined' });
      if (lot > 0.7) {
        const action = {
          redirectUrl: 'https://pay.example',
          expiresAt: new Date(this.now() + ACTION_MS).toISOString(),
        };
        return this.#set({ ...base, status: 'REQUIRES_ACTION', action });
      }
      return this.#set({ ...base, status: 'AUTHORIZED' });
    });
  }

  capture(request: ChangeRequest): Promise<ProviderAnswer> {
    return this.#change(request, (record) => {
      if (record.status !== 'AUTHORIZED') return undefined;
      // some capture less than they are asked, and say so
      const capturedAmount = this.chance() < 0.1 ? request.amount - 1 : request.amount;
      return this.#set({ ...record, status: 'CAPTURED', capturedAmount });
    });
  }

  void(request: ChangeRequest): Promise<ProviderAnswer> {
    return this.#change(request, ({ action: _action, ...record }) =>
      record.status === 'AUTHORIZED' || record.status === 'REQUIRES_ACTION'
        ? this.#set({ ...record, status: 'VOIDED' })
        : undefined,
    );
  }

  refund(request: RefundRequest): Promise<ProviderAnswer> {
    return this.#change(request, (record) =>
      refundedBy(record) + request.amount > record.capturedAmount ? undefined : this.#refunded(record, request),
    );
  }

  lookup(by: { readonly reference: string } | { readonly key: string }): Promise<LookupAnswer> {
    return this.#send<LookupAnswer>(
      () => {
        const { record } = this;
        const known =
          record !== undefined && ('key' in by ? by.key === this.#madeUnder : by.reference === record.reference);
        return known ? { kind: 'record', record } : { kind: 'not-found' };
      },
      () => ({ kind: 'unanswered', reason: 'no answer' }),
    );
  }

  list(): Promise<ListAnswer> {
    return Promise.resolve({ kind: 'page', charges: [] });
  }

  readWebhook(): Webhook {
    return { kind: 'of-no-concern' };
  }

  close(): void {}

  #refunded(record: ProviderRecord, { refundId, amount }: Pick<ProviderRefund, 'refundId' | 'amount'>): ProviderAnswer {
    const lot = this.calm ? 1 : this.chance();
    this.#refunds += 1;
    return this.#set(
      withRefund(record, {
        id: `re_${this.#refunds}`,
        refundId,
        amount,
        status: lot < 0.2 ? 'PENDING' : lot < 0.25 ? 'FAILED' : 'SUCCEEDED',
        reason: null,
        createdAt: new Date(this.#refunds).toISOString(),
      }),
    );
  }

  #change(
    request: ChangeRequest,
    change: (record: ProviderRecord) => ProviderAnswer | undefined,
  ): Promise<ProviderAnswer> {
    return this.#call(request.key, request, () => {
      const { record } = this;
      if (record === undefined || request.reference !== record.reference) return { kind: 'refused', reason: 'unknown' };
      const changed = !this.calm && this.chance() < 0.25 ? undefined : change(record);
      return changed ?? { kind: 'refused', reason: `it is ${record.status}` };
    });
  }

  #call(key: string, request: object, decide: () => ProviderAnswer): Promise<ProviderAnswer> {
    return this.#send(
      () => {
        const before = this.#answers.get(key);
        if (before !== undefined && before.request !== JSON.stringify(request)) throw new Error(`${key} is used again`);
        const answer = before?.answer() ?? decide();
        this.#answers.set(key, { request: JSON.stringify(request), answer: () => answer });
        return answer;
      },
      (reached) => ({ kind: 'unanswered', reached, reason: 'no answer' }),
    );
  }

  #send<T>(arrive: () => T, gaveUp: (reached: boolean) => T): Promise<T> {
    return new Promise((resolve) => {
      const request: Message = {
        arrive: () => {
          const answer = arrive();
          this.net.push({ arrive: () => end(answer) });
        },
      };
      const call: Call = {
        giveUp: (reached) => {
          const at = this.net.indexOf(request);
          if (!reached && at >= 0) this.net.splice(at, 1);
          end(gaveUp(reached || at < 0));
        },
      };
      const end = (answer: T): void => {
        const at = this.calls.indexOf(call);
        if (at >= 0) this.calls.splice(at, 1);
        resolve(answer);
      };
      this.net.push(request);
      this.calls.push(call);
    });
  }

  #set(record: ProviderRecord): ProviderAnswer {
    this.record = record;
    this.events.push({ eventId: `evt_${this.events.length}`, orderId: this.orderId, shown: record });
    return { kind: 'record', record };
  }
}

export function refundedBy({ refunds }: Pick<ProviderRecord, 'refunds'>): number {
  return refunds.filter(countsAsRefunded).reduce((sum, { amount }) => sum + amount, 0);
}

function withRefund(record: ProviderRecord, refund: ProviderRefund): ProviderRecord {
  return { ...record, refunds: [...record.refunds.filter(({ id }) => id !== refund.id), refund] };
}

function disputeOf({ capturedAmount }: ProviderRecord): ProviderDispute {
  return {
    id: 'dp_1',
    amount: capturedAmount,
    withheldAmount: capturedAmount,
    reason: 'fraudulent',
    status: 'OPEN',
    respondBy: null,
    createdAt: new Date(0).toISOString(),
  };
}
