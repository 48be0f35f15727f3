import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { advanceSaga, type SagaInput } from './saga.js';
import type { SagaCommand } from './saga-command.js';
import { openCommands, startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';
import { InventoryModel, PaymentModel } from './testing/peers.js';
import { Chance } from './testing/random.js';

const HISTORIES = 5_000;
const START = Date.UTC(2026, 0, 1);

/** One order among peers over a wire that loses, repeats, delays and reorders whatever it likes. */
class World {
  readonly #chance: Chance;
  readonly #inventory: InventoryModel;
  readonly #payment: PaymentModel;
  readonly #commands: SagaCommand[] = [];
  readonly #replies: SagaInput[] = [];
  readonly #taken: { input: SagaInput; now: Date }[] = [];
  readonly #sent = new Map<string, string>();
  readonly #first: Saga;
  #now = START;
  #compensated = false;
  saga: Saga;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    const total = this.#chance.is(0.2) ? 0 : 1 + this.#chance.below(100_000);
    this.#inventory = new InventoryModel(this.#chance);
    this.#payment = new PaymentModel(this.#chance, total);
    this.#first = startSaga({ id: newId(), total }, '1', new Date(this.#now), DEFAULT_TIMING);
    this.saga = this.#first;
    this.#send(openCommands(this.saga));
  }

  /** Anything at all happens. */
  storm(): void {
    const chance = this.#chance;
    switch (chance.below(12)) {
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
        this.#replies.push(...this.#payment.settle());
        return;
      case 9:
        this.#now += chance.below(chance.is(0.2) ? 20 * 60_000 : 30_000);
        return this.#clocks();
      case 10:
        if (chance.is(0.1)) this.#replies.push(...this.#inventory.expire());
        return;
      default:
        if (chance.is(0.05)) this.#take({ type: 'CANCEL' });
    }
  }

  /** From now on what is sent arrives; the customer may still not act. */
  calm(): void {
    for (let rounds = 0; this.saga.step !== 'DONE'; rounds += 1) {
      assert.ok(rounds < 1_000, 'it never ends');
      if (this.#commands.length > 0) this.#deliverCommand(0, false);
      else if (this.#replies.length > 0) this.#deliverReply(0, false);
      else {
        if (this.#payment.state === 'PENDING') this.#replies.push(...this.#payment.settle());
        const due = [this.saga.deadlineAt, this.saga.retryAt].flatMap((at) => at?.getTime() ?? []);
        this.#now = Math.max(this.#now, Math.min(...due));
        this.#clocks();
      }
    }
  }

  /** What was still on its way arrives after the end. */
  aftermath(): void {
    while (this.#commands.length > 0) this.#deliverCommand(0, false);
    while (this.#replies.length > 0) this.#deliverReply(0, false);
  }

  check(): void {
    if (this.saga.step !== 'DONE') return;
    const { stockCommandId, moneyCommandId, deadlineAt, retryAt } = this.saga;
    assert.deepEqual([stockCommandId, moneyCommandId, deadlineAt, retryAt], [null, null, null, null]);
    if (this.saga.outcome === 'COMPLETED') {
      assert.equal(this.#compensated, false);
      assert.equal(this.#inventory.state, 'CONFIRMED');
      assert.equal(this.#payment.captured - this.#payment.refunded, this.saga.total);
      assert.equal(this.saga.capturedAmount, this.saga.total);
      assert.equal(this.#payment.state, this.saga.total === 0 ? 'NONE' : 'CAPTURED');
    } else {
      assert.ok(this.#inventory.closed, `stock is left ${this.#inventory.state}`);
      assert.ok(this.#payment.closed, `money is left ${this.#payment.state}`);
      assert.equal(this.saga.capturedAmount, this.saga.refundedAmount);
      assert.notEqual(this.saga.reason, null);
    }
  }

  /** The same inputs at the same times come to the same end. */
  replay(): Saga {
    let saga = this.#first;
    for (const { input, now } of this.#taken) {
      const advance = advanceSaga(saga, input, now);
      if (advance.kind === 'moved') saga = advance.saga;
    }
    return saga;
  }

  #deliverCommand(index: number, stays: boolean): void {
    const command = this.#commands[index];
    if (command === undefined) return;
    if (!stays) this.#commands.splice(index, 1);
    const peer = command.leg === 'stock' ? this.#inventory : this.#payment;
    this.#replies.push(...peer.handle(command));
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
    this.#taken.push({ input, now });
    const before = this.saga;
    const advance = advanceSaga(before, input, now);
    if (advance.kind === 'ignored') return;
    assert.notEqual(before.step, 'DONE');
    assert.equal(advance.saga.version, before.version + 1);
    this.saga = advance.saga;
    this.#compensated ||= this.saga.step === 'COMPENSATING';
    if (this.#compensated) assert.notEqual(this.saga.outcome, 'COMPLETED');
    this.#send(advance.send);
  }

  #send(commands: readonly SagaCommand[]): void {
    for (const command of commands) {
      assert.equal(this.#sent.get(command.type) ?? command.commandId, command.commandId);
      this.#sent.set(command.type, command.commandId);
      this.#commands.push(command);
    }
  }
}

test('F21 whatever is lost, late, repeated or reordered, every order ends with stock and money closed', () => {
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
  for (const outcome of ['COMPLETED', 'FAILED', 'PAYMENT_FAILED', 'CANCELLED']) {
    expect(ends.get(outcome)).toBeGreaterThan(HISTORIES / 100);
  }
});
