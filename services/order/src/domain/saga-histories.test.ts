import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Announcement } from './advance.js';
import { isProviderUpdate, type ProviderUpdate } from './saga-input.js';
import { isSold } from './given-back.js';
import { changed, EMPTY_LEDGER, type Ledger } from './ledger.js';
import { advanceSaga } from './saga.js';
import type { SagaInput } from './saga-input.js';
import { refundCommandIdOf, type SagaCommand } from './saga-command.js';
import { keepStockUntil } from './customer-action.js';
import { newlySent, openCommands } from './open-commands.js';
import { refundableAmount, startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';
import { CheckModel } from './testing/check-model.js';
import { InventoryModel } from './testing/inventory-model.js';
import { PaymentModel } from './testing/payment-model.js';
import { Chance } from './testing/random.js';
import type { Sent } from './testing/sent.js';

const HISTORIES = 5_000;
const START = Date.UTC(2026, 0, 1);

/** Which facts meant something in which step, and how refunds were answered. */
const met = new Set<string>();

/** One order among peers over a wire that loses, repeats, delays and reorders whatever it likes. */
class World {
  readonly #chance: Chance;
  readonly #inventory: InventoryModel;
  readonly #payment: PaymentModel;
  readonly #check: CheckModel;
  readonly #commands: Sent[] = [];
  readonly #replies: SagaInput[] = [];
  /** what happened at the provider: nobody asks for it again, so the wire may only delay and repeat it, in order */
  readonly #facts: ProviderUpdate[] = [];
  readonly #delivered: ProviderUpdate[] = [];
  readonly #taken: { input: SagaInput; now: Date; ledger: Ledger }[] = [];
  readonly #announced: Announcement[] = [];
  ledger: Ledger = EMPTY_LEDGER;
  readonly #sent = new Map<string, string>();
  /** what the database keeps of commands: each is given once */
  readonly #given = new Set<string>();
  readonly #first: Saga;
  #now = START;
  #compensated = false;
  saga: Saga;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    const total = this.#chance.is(0.2) ? 0 : 1 + this.#chance.below(100_000);
    this.#inventory = new InventoryModel(this.#chance);
    this.#payment = new PaymentModel(this.#chance, total);
    this.#check = new CheckModel(this.#chance);
    const checked = this.#chance.is(0.5);
    this.#first = startSaga({ id: newId(), total, checked }, '1', new Date(this.#now), DEFAULT_TIMING);
    this.saga = this.#first;
    this.#send(openCommands(this.saga));
  }

  /** Anything at all happens. */
  storm(): void {
    const chance = this.#chance;
    switch (chance.below(16)) {
      case 0:
      case 1:
      case 2:
        return this.#deliverCommand(chance.below(this.#commands.length || 1), chance.is(0.3));
      case 3:
      case 4:
      case 5:
        return this.#deliverReply(chance.below(this.#replies.length || 1), chance.is(0.3));
      case 6:
        this.#commands.splice(chance.below(this.#commands.length || 1), chance.is(0.5) ? 1 : 0);
        return;
      case 7:
        this.#replies.splice(chance.below(this.#replies.length || 1), chance.is(0.5) ? 1 : 0);
        return;
      case 8:
        if (chance.is(0.2)) this.#payment.act();
        this.#replies.push(...this.#payment.work(this.#now), ...this.#check.work());
        return;
      case 9:
        this.#now += chance.below(chance.is(0.2) ? 20 * 60_000 : 30_000);
        return this.#clocks();
      case 10:
        this.#replies.push(...this.#inventory.tick(chance.is(0.1) ? Infinity : this.#now));
        return;
      case 11:
        // most orders must get far, so that there is something to cancel in every step
        if (chance.is(0.06)) this.#take({ type: 'CANCEL' });
        if (chance.is(0.06)) this.#decide();
        return;
      case 12:
        this.#atProvider();
        return;
      case 13:
        if (chance.is(0.6)) this.#deliverFact();
        else if (this.#delivered.length > 0) this.#take(chance.of(this.#delivered));
        return;
      default:
        if (chance.is(0.2)) this.refund();
    }
  }

  /** An admin decides in the place of the check, whether or not it is open. */
  #decide(): void {
    const decision = this.#chance.is(0.5) ? ({ kind: 'pass' } as const) : ({ kind: 'refuse', code: 'no' } as const);
    this.#take({ type: 'CHECK_DECIDED', decision, by: 'person:boss', reason: 'r' });
  }

  /** Somebody does something in the provider's dashboard, or a bank does. */
  #atProvider(): void {
    const chance = this.#chance;
    this.#payment.sold = isSold(this.saga.outcome) && ['DONE', 'REFUNDING'].includes(this.saga.step);
    if (chance.is(0.5)) return;
    const fact = chance.is(0.4)
      ? this.#payment.sendsBack()
      : this.#payment.byHand(chance.of(['capture', 'void', 'refund', 'refund']));
    if (fact !== undefined) this.#facts.push(fact);
  }

  #deliverFact(): void {
    const fact = this.#facts.shift();
    if (fact === undefined) return;
    this.#delivered.push(fact);
    this.#take(fact);
  }

  /** An admin asks for a refund: mostly one that may be, at times too much or too early. */
  refund(): void {
    const left = refundableAmount(this.saga) ?? this.saga.total;
    const amount = this.#chance.is(0.3) ? left : 1 + this.#chance.below(left + 10);
    const restock = this.#chance.is(0.5) ? [{ productId: newId(), quantity: 1 }] : [];
    this.#take({ type: 'REFUND', refund: { refundId: newId(), amount, restock }, reason: 'r' });
  }

  /** From now on what is sent arrives; the customer may still not act. */
  calm(): void {
    for (let rounds = 0; this.saga.step !== 'DONE' || this.#facts.length > 0; rounds += 1) {
      assert.ok(rounds < 2_000, 'it never ends');
      if (this.#commands.length > 0) this.#deliverCommand(0, false);
      else if (this.#replies.length > 0) this.#deliverReply(0, false);
      else if (this.#facts.length > 0) this.#deliverFact();
      else {
        if (this.#payment.busy(this.#now)) {
          this.#replies.push(...this.#payment.work(this.#now));
          continue;
        }
        const due = [this.saga.deadlineAt, this.saga.retryAt].flatMap((at) => at?.getTime() ?? []);
        const { customerUntil = Infinity } = this.#payment;
        this.#now = Math.max(this.#now, Math.min(...due, customerUntil));
        this.#replies.push(...this.#inventory.tick(this.#now));
        this.#clocks();
      }
    }
  }

  /** What was still on its way arrives after the end. */
  aftermath(): void {
    while (this.#commands.length > 0) this.#deliverCommand(0, false);
    while (this.#payment.busy(this.#now)) this.#replies.push(...this.#payment.work(this.#now));
    while (this.#replies.length > 0) this.#deliverReply(0, false);
  }

  /** What must hold at every moment, and what when the order has ended. */
  check(): void {
    const { provider } = this.#payment;
    assert.ok(provider.captures <= 1, 'captured twice');
    this.#checkLedger();
    assert.ok(!(provider.voided && provider.captured > 0), 'voided and captured');
    this.#checkCheck();
    assert.ok(provider.refunded <= provider.captured, `refunded ${provider.refunded} of ${provider.captured}`);
    if (this.saga.step !== 'DONE') return;
    const { stockCommandId, moneyCommandId, deadlineAt, retryAt, refund } = this.saga;
    assert.deepEqual([stockCommandId, moneyCommandId, deadlineAt, retryAt, refund], [null, null, null, null, null]);
    // what happened there and was not said yet cannot be known
    if (this.#facts.length === 0) {
      assert.equal(this.saga.capturedAmount, provider.captured);
      assert.equal(this.saga.refundedAmount, provider.refunded);
    }
    const { outcome, total } = this.saga;
    if (isSold(outcome)) this.#checkSold(total);
    else {
      assert.ok(this.#inventory.closed, `stock is left ${this.#inventory.state}`);
      assert.ok(this.#payment.closed, 'money is left open');
      assert.ok(provider.captured <= provider.refunded + this.#payment.sentBack);
      assert.notEqual(this.saga.why?.code ?? null, null);
      if (this.saga.cancelRequested) assert.equal(outcome, 'CANCELLED');
    }
  }

  /** Nothing is paid and nothing sold before the check has passed, and nothing after it has refused. */
  #checkCheck(): void {
    const { check, checkCode, paymentAsked, step, outcome, why } = this.saga;
    if (check === null || check === 'PASSED') return;
    assert.equal(paymentAsked, false);
    assert.equal(this.#payment.provider.authorised, false);
    assert.ok(['RESERVING', 'CHECKING', 'COMPENSATING', 'DONE'].includes(step), `${check} in ${step}`);
    assert.equal(checkCode !== null, check === 'REFUSED');
    if (check === 'REFUSED') assert.deepEqual([outcome, why?.code], ['FAILED', 'check-refused']);
  }

  #checkSold(total: number): void {
    const { provider } = this.#payment;
    assert.equal(this.#compensated, false);
    assert.equal(this.saga.cancelRequested, false);
    assert.equal(this.#inventory.state, 'CONFIRMED');
    assert.equal(provider.captured, total);
    assert.equal(provider.authorised, total > 0);
    const paid = this.ledger.refunds.filter(({ status }) => status === 'SUCCEEDED');
    const given = paid.reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(given, this.saga.refundedAmount);
    // each is known there by its own key; one that came back gives nothing
    const ids = paid.filter(({ amount }) => amount > 0).map(({ id, amount }) => [id, amount] as const);
    if (this.#facts.length === 0) {
      assert.deepEqual(new Map(ids), new Map([...provider.refunds].filter(([, amount]) => amount > 0)));
    }
    const expected = given === 0 ? 'COMPLETED' : given < total ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
    assert.equal(this.saga.outcome, expected);
  }

  /** Each refund is announced once, by its own id, and so is that it came back. */
  #checkLedger(): void {
    for (const { id, by, amount, status } of this.ledger.refunds) {
      const types = this.#announced.flatMap((one) =>
        'refund' in one && one.refund !== undefined && (one.refund.refundId ?? one.refund.providerRefundId) === id
          ? [one.type]
          : [],
      );
      const paid = amount > 0 && status === 'SUCCEEDED';
      const allowed = paid ? ['ORDER_REFUNDED'] : types.length === 0 ? [] : ['ORDER_REFUNDED', 'ORDER_REFUND_FAILED'];
      // what undid an order was announced with its end
      const release = by === 'shop' && types[0] === 'ORDER_REFUND_FAILED';
      assert.deepEqual(types, release ? ['ORDER_REFUND_FAILED'] : allowed);
    }
    const restocked = this.ledger.refunds.filter((one) => one.restocked).map(({ id }) => id);
    if (this.saga.step !== 'DONE' || !isSold(this.saga.outcome)) return;
    assert.deepEqual([...this.#inventory.restocked].sort(), restocked.sort());
  }

  /** The same inputs at the same times come to the same end. */
  replay(): Saga {
    let saga = this.#first;
    for (const { input, now, ledger } of this.#taken) {
      const advance = advanceSaga(saga, input, now, DEFAULT_TIMING, ledger);
      if (advance.kind === 'advanced') saga = advance.saga;
    }
    return saga;
  }

  #deliverCommand(index: number, stays: boolean): void {
    const sent = this.#commands[index];
    if (sent === undefined) return;
    // the peer dies before its transaction commits: nothing has happened, and the command comes again
    if (this.#chance.is(0.1)) return;
    if (!stays) this.#commands.splice(index, 1);
    this.#replies.push(...this.#peer(sent.command).handle(sent, this.#now));
  }

  #peer({ leg }: SagaCommand) {
    switch (leg) {
      case 'stock':
        return this.#inventory;
      case 'money':
        return this.#payment;
      case 'check':
        return this.#check;
    }
  }

  #deliverReply(index: number, stays: boolean): void {
    const reply = this.#replies[index];
    if (reply === undefined) return;
    if (!stays) this.#replies.splice(index, 1);
    this.#take(reply);
  }

  #clocks(): void {
    this.#take({ type: 'DEADLINE' });
    this.#take({ type: 'RETRY' });
  }

  #take(input: SagaInput): void {
    const now = new Date(this.#now);
    this.#taken.push({ input, now, ledger: this.ledger });
    const before = this.saga;
    const advance = advanceSaga(before, input, now, DEFAULT_TIMING, this.ledger);
    if (advance.kind === 'ignored') return;
    const fact = isProviderUpdate(input);
    if (before.step === 'CHECKING') met.add(`${input.type} in CHECKING`);
    if (fact) met.add(`${input.type} in ${before.step}`);
    if (input.type === 'PAYMENT_REFUNDED') {
      const asked = before.refund?.amount ?? 0;
      const { amount } = input.payload;
      met.add(`refunded ${amount === 0 ? 'nothing' : amount < asked ? 'less' : amount > asked ? 'more' : 'as asked'}`);
    }
    if (before.step === 'DONE') assert.ok(input.type === 'REFUND' || fact);
    if (input.type === 'REFUND') {
      assert.equal(before.step, 'DONE');
      const { refundId: id, amount } = input.refund;
      const row = { id, by: 'shop', amount, status: 'PENDING', restocked: false } as const;
      this.ledger = { ...this.ledger, refunds: [...this.ledger.refunds, row] };
    }
    this.ledger = changed(this.ledger, advance.changes);
    // the end of an order is announced once
    const ends = advance.saga.step === 'DONE' && before.step !== 'DONE' && before.step !== 'REFUNDING';
    assert.equal(['ORDER_COMPLETED', 'ORDER_FAILED', 'ORDER_CANCELLED'].includes(advance.announce?.type ?? ''), ends);
    if (advance.announce !== null) this.#announced.push(advance.announce);
    assert.equal(advance.saga.version, before.version + 1);
    this.saga = advance.saga;
    for (const { commandId } of newlySent(before, advance.send)) {
      assert.ok(!this.#given.has(commandId), 'a command is given twice');
      this.#given.add(commandId);
    }
    if (before.step === this.saga.step) this.#checkDeadline(before);
    this.#compensated ||= this.saga.step === 'COMPENSATING';
    if (this.#compensated) assert.ok(!isSold(this.saga.outcome));
    this.#send(advance.send);
  }

  /** Within a step it never comes nearer, and never leaves its bounds. */
  #checkDeadline(before: Saga): void {
    const { step, deadlineAt, enteredAt } = this.saga;
    if (step === 'CHECKING') {
      assert.ok(deadlineAt !== null && before.deadlineAt !== null && deadlineAt >= before.deadlineAt);
      const { checkingMs, reviewMs } = DEFAULT_TIMING;
      assert.ok(deadlineAt.getTime() - enteredAt.getTime() <= checkingMs + reviewMs, 'a person has no end');
      return;
    }
    if (step !== 'AUTHORIZING') {
      assert.deepEqual(deadlineAt, before.deadlineAt);
      return;
    }
    assert.ok(deadlineAt !== null && before.deadlineAt !== null && deadlineAt >= before.deadlineAt);
    assert.ok(deadlineAt.getTime() - enteredAt.getTime() <= DEFAULT_TIMING.actionLongestMs, 'it waits without end');
  }

  #send(commands: readonly SagaCommand[]): void {
    const { refund } = this.saga;
    for (const command of commands) {
      if (command.type === 'PAYMENT_REFUND_REQUEST' || command.type === 'RESERVATION_RESTOCK_REQUEST') {
        assert.equal(command.commandId, refundCommandIdOf(refund?.refundId ?? '', command.type));
      } else {
        // stock is kept longer for a person and for a customer, each by a command of its own
        const one = `${command.type} in ${command.type === 'RESERVATION_EXTEND_REQUEST' ? this.saga.step : 'any step'}`;
        assert.equal(this.#sent.get(one) ?? command.commandId, command.commandId);
        this.#sent.set(one, command.commandId);
      }
      const longer = command.type === 'RESERVATION_EXTEND_REQUEST';
      const until = longer ? keepStockUntil(this.saga, DEFAULT_TIMING) : null;
      this.#commands.push({ command, refund, until });
    }
  }
}

test('F21 F44 whatever is lost, late, repeated, reordered, cancelled, refunded or dies, every order ends with stock and money closed', () => {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    try {
      const world = new World(seed);
      const moments = seed % 150;
      for (let moment = 0; moment < moments; moment += 1) {
        world.storm();
        world.check();
      }
      world.calm();
      world.check();
      for (let refunds = seed % 4; refunds > 0; refunds -= 1) {
        world.refund();
        for (let moment = 0; moment < moments / 4; moment += 1) {
          world.storm();
          world.check();
        }
        world.calm();
        world.check();
      }
      const end = world.saga;
      world.aftermath();
      world.check();
      assert.equal(world.saga, end);
      assert.deepEqual(world.replay(), end);
      ends.set(end.outcome, (ends.get(end.outcome) ?? 0) + 1);
    } catch (error) {
      throw new Error(`with seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  // the histories are no good when they never come to one of the ends
  for (const outcome of ['COMPLETED', 'FAILED', 'PAYMENT_FAILED', 'CANCELLED', 'PARTIALLY_REFUNDED', 'REFUNDED']) {
    expect(ends.get(outcome)).toBeGreaterThan(HISTORIES / 100);
  }
  const everywhere = ['AUTHORIZING', 'CONFIRMING', 'CAPTURING', 'COMPENSATING', 'REFUNDING', 'DONE'];
  const expected = [
    ...everywhere
      .slice(0, 4)
      .flatMap((step) => [`PAYMENT_PROVIDER_CAPTURED in ${step}`, `PAYMENT_PROVIDER_VOIDED in ${step}`]),
    ...everywhere.map((step) => `PAYMENT_PROVIDER_REFUNDED in ${step}`),
    ...['REFUNDING', 'DONE'].map((step) => `PAYMENT_PROVIDER_REFUND_RETURNED in ${step}`),
    ...['COMPENSATING', 'REFUNDING', 'DONE'].map((step) => `PAYMENT_REFUND_RETURNED in ${step}`),
    ...['PASSED', 'REFUSED', 'REVIEW', 'DECIDED'].map((answer) => `CHECK_${answer} in CHECKING`),
    ...['DEADLINE', 'RETRY', 'CANCEL', 'RESERVATION_EXPIRED'].map((input) => `${input} in CHECKING`),
    ...['nothing', 'less', 'more', 'as asked'].map((amount) => `refunded ${amount}`),
  ];
  expect(expected.filter((one) => !met.has(one))).toEqual([]);
});
