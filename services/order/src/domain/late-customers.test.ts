import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { keepStockUntil } from './customer-action.js';
import { advanceSaga } from './saga.js';
import type { SagaInput } from './saga-input.js';
import type { SagaCommand } from './saga-command.js';
import { openCommands } from './open-commands.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';
import { InventoryModel } from './testing/inventory-model.js';
import { Chance } from './testing/random.js';

const HISTORIES = 2_000;
const MINUTE = 60_000;
/** no message is longer on its way, and payment sees within this what a customer has done */
const LATE = MINUTE;
const TOTAL = 500;
const NOT_IN_TIME = 'the customer did not act in time';

type Way = SagaCommand['leg'] | 'order';

interface Happening {
  readonly at: number;
  readonly run: () => void;
}

/**
 * One order on a wire that loses nothing and delays everything, with a provider that asks for the customer late, and a
 * customer who may act late. Times in milliseconds from 0.
 */
class Play {
  readonly #chance: Chance;
  readonly inventory: InventoryModel;
  readonly #happenings: Happening[] = [];
  readonly #lastArrival: Record<Way, number> = { stock: 0, money: 0, check: 0, order: 0 };
  readonly actionMs: number;
  readonly inTime: boolean;
  readonly #askedAfter: number;
  readonly #actsAfter: number;
  #asked: { readonly commandId: string; readonly expiresAt: number } | undefined;
  #closed = false;
  #now = 0;
  saga: Saga;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    this.inventory = new InventoryModel(this.#chance);
    // as long as the longest wait allows
    this.actionMs = MINUTE + this.#chance.below(99 * MINUTE);
    this.#askedAfter = this.#chance.below(8 * MINUTE);
    this.#actsAfter = this.#chance.below(Math.round(this.actionMs * 1.3));
    this.inTime = this.#actsAfter < this.actionMs;
    this.saga = startSaga({ id: newId(), total: TOTAL }, '1', new Date(0), DEFAULT_TIMING);
    this.#send(openCommands(this.saga));
  }

  run(): void {
    for (let rounds = 0; this.saga.step !== 'DONE'; rounds += 1) {
      assert.ok(rounds < 1_000, 'it never ends');
      this.#happenings.sort((one, other) => one.at - other.at);
      const next = this.#happenings[0]?.at ?? Infinity;
      const { state, expiresAt = Infinity } = this.inventory;
      const expiry = state === 'RESERVED' ? expiresAt : Infinity;
      const clocks = [this.saga.deadlineAt, this.saga.retryAt].flatMap((at) => at?.getTime() ?? []);
      this.#now = Math.max(this.#now, Math.min(next, expiry, ...clocks));
      if (next <= this.#now) this.#happenings.shift()?.run();
      else if (expiry <= this.#now) this.#answer(this.inventory.tick(this.#now));
      else {
        this.#take({ type: 'DEADLINE' });
        this.#take({ type: 'RETRY' });
      }
    }
  }

  #take(input: SagaInput): void {
    const advance = advanceSaga(this.saga, input, new Date(this.#now));
    if (advance.kind === 'ignored') return;
    this.saga = advance.saga;
    this.#send(advance.send);
  }

  #send(commands: readonly SagaCommand[]): void {
    for (const command of commands) {
      const longer = command.type === 'RESERVATION_EXTEND_REQUEST';
      const until = longer ? keepStockUntil(this.saga, DEFAULT_TIMING) : null;
      const sent = { command, refund: null, until };
      this.#arrives(command.leg, () =>
        command.leg === 'stock' ? this.#answer(this.inventory.handle(sent, this.#now)) : this.#pay(command),
      );
    }
  }

  #answer(inputs: readonly SagaInput[]): void {
    for (const input of inputs) this.#arrives('order', () => this.#take(input));
  }

  /** Messages of one way keep their order. */
  #arrives(way: Way, run: () => void): void {
    const at = Math.max(this.#lastArrival[way], this.#now + this.#chance.below(LATE));
    this.#lastArrival[way] = at;
    this.#happenings.push({ at, run });
  }

  #after(ms: number, run: () => void): void {
    this.#happenings.push({ at: this.#now + ms, run });
  }

  #pay({ type, commandId }: SagaCommand): void {
    switch (type) {
      case 'PAYMENT_CREATE_REQUEST':
        if (this.#asked !== undefined) return this.#requireAction();
        return this.#after(this.#askedAfter, () => this.#ask(commandId));
      case 'PAYMENT_CONFIRM_REQUEST':
        return this.#answer([{ type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: TOTAL } }]);
      case 'PAYMENT_RELEASE_REQUEST':
        this.#closed = true;
        return this.#answer([{ type: 'PAYMENT_RELEASE', payload: { commandId, voided: true, refundedAmount: 0 } }]);
      default:
        throw new Error(`payment was sent ${type}`);
    }
  }

  #ask(commandId: string): void {
    if (this.#asked !== undefined || this.#closed) return;
    this.#asked = { commandId, expiresAt: this.#now + this.actionMs };
    this.#requireAction();
    const seen = Math.min(this.#actsAfter, this.actionMs) + this.#chance.below(LATE);
    this.#after(seen, () => this.#decide(commandId));
  }

  #requireAction(): void {
    if (this.#asked === undefined || this.#closed) return;
    const { commandId, expiresAt } = this.#asked;
    const payload = { commandId, paymentId: newId(), expiresAt: new Date(expiresAt).toISOString() };
    this.#answer([{ type: 'PAYMENT_ACTION_REQUIRED', payload }]);
  }

  #decide(commandId: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#answer([
      this.inTime
        ? { type: 'PAYMENT_CREATION_SUCCEEDED', payload: { commandId, paymentId: newId(), amount: TOTAL } }
        : { type: 'PAYMENT_CREATION_FAILED', payload: { commandId, reason: NOT_IN_TIME } },
    ]);
  }
}

test('F46 asked late and acting late: who acts in time gets what was ordered, who does not pays nothing and frees the stock', () => {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const play = new Play(seed);
    play.run();
    const { outcome, why } = play.saga;
    const reason = why?.code ?? null;
    const ended = { seed, outcome, reason, stock: play.inventory.state };
    const count = (end: string): unknown => ends.set(end, (ends.get(end) ?? 0) + 1);
    if (reason === 'out-of-stock') continue;
    if (play.inTime) {
      expect(ended).toEqual({ seed, outcome: 'COMPLETED', reason: null, stock: 'CONFIRMED' });
      count(play.actionMs > 15 * MINUTE ? 'bought, with more time than any default' : 'bought');
    } else {
      expect(ended).toEqual({ seed, outcome: 'PAYMENT_FAILED', reason: 'authentication-timeout', stock: 'RELEASED' });
      count('not in time');
    }
  }
  for (const end of ['bought', 'bought, with more time than any default', 'not in time']) {
    expect(ends.get(end)).toBeGreaterThan(HISTORIES / 50);
  }
});
