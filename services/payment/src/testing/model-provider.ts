import type { ProviderAnswer, ProviderRecord } from '../domain/provider-answer.js';
import type {
  AuthorizeRequest,
  ChangeRequest,
  ListAnswer,
  LookupAnswer,
  PaymentProvider,
  ProviderEvent,
  Webhook,
} from '../policies/payment-provider.js';

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
 * answer for ever. Requests and answers wait in `net` until they are delivered, in any order; a caller may be told that
 * time is over while its request is still on the way.
 */
export class ModelProvider implements PaymentProvider {
  readonly name = 'model';
  readonly net: Message[] = [];
  readonly calls: Call[] = [];
  readonly events: ProviderEvent[] = [];
  /** how many authorisations were ever made */
  authorizations = 0;
  record: ProviderRecord | undefined;
  /** what was given back, by the command that it was asked for by */
  readonly refunded = new Map<string, number>();
  /** no more refusals of its own */
  calm = false;
  readonly #answers = new Map<string, { readonly request: string; readonly answer: ProviderAnswer }>();
  #madeUnder = '';

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

  authorize(request: AuthorizeRequest): Promise<ProviderAnswer> {
    return this.#call(request.key, request, () => {
      const lot = this.chance();
      if (lot < 0.05) return { kind: 'refused', reason: 'no such payment method' };
      this.authorizations += 1;
      this.#madeUnder = request.key;
      const base = { reference: 'auth_1', capturedAmount: 0, refundedAmount: 0, reason: null };
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
    return this.#change(request, (record) =>
      record.status === 'AUTHORIZED' ? { ...record, status: 'CAPTURED', capturedAmount: request.amount } : undefined,
    );
  }

  void(request: ChangeRequest): Promise<ProviderAnswer> {
    return this.#change(request, ({ action: _action, ...record }) =>
      record.status === 'AUTHORIZED' || record.status === 'REQUIRES_ACTION'
        ? { ...record, status: 'VOIDED' }
        : undefined,
    );
  }

  refund(request: ChangeRequest): Promise<ProviderAnswer> {
    return this.#change(request, (record) => {
      const refundedAmount = record.refundedAmount + request.amount;
      if (refundedAmount > record.capturedAmount) return undefined;
      const [, , commandId = ''] = request.key.split(':');
      this.refunded.set(commandId, (this.refunded.get(commandId) ?? 0) + request.amount);
      const status = refundedAmount === record.capturedAmount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
      return { ...record, status, refundedAmount };
    });
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

  #change(
    request: ChangeRequest,
    change: (record: ProviderRecord) => ProviderRecord | undefined,
  ): Promise<ProviderAnswer> {
    return this.#call(request.key, request, () => {
      const { record } = this;
      if (record === undefined || request.reference !== record.reference) return { kind: 'refused', reason: 'unknown' };
      const changed = !this.calm && this.chance() < 0.25 ? undefined : change(record);
      return changed === undefined ? { kind: 'refused', reason: `it is ${record.status}` } : this.#set(changed);
    });
  }

  #call(key: string, request: object, decide: () => ProviderAnswer): Promise<ProviderAnswer> {
    return this.#send(
      () => {
        const before = this.#answers.get(key);
        if (before !== undefined && before.request !== JSON.stringify(request)) throw new Error(`${key} is used again`);
        const answer = before?.answer ?? decide();
        this.#answers.set(key, { request: JSON.stringify(request), answer });
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
    this.events.push({ eventId: `evt_${this.events.length}`, orderId: this.orderId, record });
    return { kind: 'record', record };
  }
}
