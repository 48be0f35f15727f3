import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { ProviderAnswer, ProviderRecord } from '../../domain/provider-answer.js';
import type {
  AuthorizeRequest,
  ChangeRequest,
  ListRequest,
  PaymentProvider,
  RefundRequest,
} from '../../providers/payment-provider.js';
import { CAPABILITIES, type Capability } from '../provider-capabilities.js';
import type { Dashboard, ProviderUnderTest } from '../provider-under-test.js';

/** Of each payment of the contract's tests, in minor units. */
export const AMOUNT = 1_200;

/** What a test of a capability needs. @throws Error when a provider declares the capability and lacks this: a wrong test bench */
export function had<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new Error(`the provider under test has no ${what}, which its capabilities ask for`);
  return part;
}

/** @throws Error when the answer is another one */
export function recordOf(answer: ProviderAnswer): ProviderRecord {
  if (answer.kind !== 'record') throw new Error(`no record but ${JSON.stringify(answer)}`);
  return answer.record;
}

/** A provider in the contract's tests, and what they all do with it. */
export class ProviderTrial {
  #under: ProviderUnderTest | undefined;
  /** the payment of this test */
  asked: AuthorizeRequest = { key: '', orderId: '', amount: AMOUNT, currency: 'EUR', paymentMethod: '' };

  constructor(
    readonly name: string,
    readonly capabilities: readonly Capability[],
  ) {}

  get under(): ProviderUnderTest {
    return had(this.#under, 'servers');
  }

  set under(started: ProviderUnderTest) {
    this.#under = started;
  }

  /** Another order to pay for, before each test. */
  begin(): void {
    this.asked = { ...this.asked, key: newId(), orderId: newId(), paymentMethod: this.under.paymentMethod };
  }

  get lacking(): readonly Capability[] {
    return CAPABILITIES.filter((one) => this.lacks(one));
  }

  lacks(capability: Capability): boolean {
    return !this.capabilities.includes(capability);
  }

  /** Registers a test that providers pass which can do all of this, and that is skipped for others. */
  readonly testOf = (needed: readonly Capability[], title: string, run: () => Promise<void>): void => {
    const missing = needed.filter((one) => this.lacks(one));
    if (missing.length === 0) test(title, run);
    else test.skip(`${title} (needs ${missing.join(', ')} of ${this.name})`, run);
  };

  readonly recordOf = recordOf;

  /** @returns its reference */
  readonly authorized = async (): Promise<string> => {
    const record = recordOf(await this.under.provider.authorize(this.asked));
    expect(record).toMatchObject({ status: 'AUTHORIZED', capturedAmount: 0, refunds: [], disputes: [] });
    return record.reference;
  };

  /** @returns its reference */
  readonly captured = async (): Promise<string> => {
    const reference = await this.authorized();
    recordOf(await this.under.provider.capture(this.change(reference)));
    return reference;
  };

  readonly change = (reference: string, amount = AMOUNT): ChangeRequest => ({
    key: newId(),
    reference,
    amount,
    currency: 'EUR',
  });

  readonly refund = (reference: string, amount = AMOUNT): RefundRequest => ({
    ...this.change(reference, amount),
    orderId: this.asked.orderId,
    refundId: newId(),
  });

  /** What a lookup shows. @throws Error when it shows none */
  readonly shown = async (reference: string, provider = this.under.provider): Promise<ProviderRecord> => {
    const found = await provider.lookup({ reference });
    if (found.kind !== 'record') throw new Error(found.kind);
    return found.record;
  };

  /** The status that a lookup shows, or what it answers instead. */
  readonly stands = async (provider: PaymentProvider, reference: string): Promise<string> => {
    const found = await provider.lookup({ reference });
    return found.kind === 'record' ? found.record.status : found.kind;
  };

  readonly dashboard = (): Dashboard => had(this.under.dashboard, 'dashboard');

  readonly page = async (provider: PaymentProvider, request: ListRequest) => {
    const answer = await provider.list?.(request);
    if (answer?.kind !== 'page') throw new Error(answer?.reason ?? 'the provider has no list');
    return answer;
  };
}
