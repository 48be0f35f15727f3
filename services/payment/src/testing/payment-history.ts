import { idAt, newId } from '@outrider/contracts';
import { askProvider } from '../commands/ask-provider.js';
import type { Attempt } from '../domain/attempt.js';
import { receive, type Desk } from '../domain/command-batch.js';
import { hear } from '../domain/apply-update.js';
import type { News } from '../commands/update.js';
import type { ActionNotice, Reply, Request } from '../domain/command.js';
import type { Conclusion } from '../domain/conclude.js';
import type { ProviderFact } from '../domain/provider-fact.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';
import { ModelProvider } from './model-provider.js';

/** A new id of that time, in ms since 1970. */
export function idOf(time: number): string {
  return idAt(time).slice(0, 13) + newId().slice(13);
}

const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** What a history may do next; chosen by chance. */
type Step = () => void | Promise<void>;

/**
 * One order's payment, as its database has it, before a provider and a network that do their worst. All that decides is
 * the service's own; what is played here are transactions, leases and processes. A lease may end at any moment, also
 * under an attempt that goes on: whoever takes it over is another process.
 */
export class PaymentHistory {
  readonly orderId = idOf(START);
  readonly provider: ModelProvider;
  readonly told: (Reply | ActionNotice | ProviderFact)[] = [];
  readonly desk: Desk = { orderId: this.orderId, stored: undefined, payment: undefined, commands: new Map() };
  readonly #owned = new Set<string>();
  readonly #heard = new Set<string>();
  readonly #asks = new Set<Promise<void>>();
  /** processes that were killed never hear what they asked for */
  #generation = 0;
  #now = START;

  constructor(private readonly chance: () => number) {
    this.provider = new ModelProvider(this.orderId, chance, () => this.#now);
  }

  readonly startedAt = START;

  get now(): number {
    return this.#now;
  }

  /** Takes a command in, one seen before too. */
  request(commandId: string, request: Request): void {
    const { ended, said, isNew } = receive(this.desk, { orderId: this.orderId, commandId, request });
    this.told.push(...said);
    if (ended !== undefined) this.#owned.delete(ended.command.commandId);
    const command = this.desk.commands.get(commandId);
    if (isNew && command?.state === 'RUNNING') this.#claim(command);
  }

  /** Something happens, whatever it is. */
  async step(): Promise<void> {
    const { net, calls } = this.provider;
    const steps: Step[] = [
      ...net.map((message) => () => this.provider.deliver(message)),
      ...calls.map((call) => () => this.provider.timeOut(call)),
      () => this.#takeOver(),
      () => this.#takeOver(),
      () => this.#hearOfEvent(),
      () => this.provider.customerActs(),
      () => this.provider.somebodyActs(),
      () => this.provider.bankActs(),
      () => this.#readLedger(),
      () => void (this.#now += Math.floor(this.chance() * 60_000)),
    ];
    const lot = this.chance();
    if (lot < 0.03) this.#generation += 1;
    else if (lot < 0.05) this.#dayPasses();
    else await this.#pick(steps)?.();
    await settled();
  }

  /** Everything arrives, nothing more goes wrong: and then all is answered. */
  async calmDown(): Promise<void> {
    this.provider.calm = true;
    for (let rounds = 0; rounds < 400; rounds += 1) {
      for (const message of this.provider.net.slice()) this.provider.deliver(message);
      await settled();
      if (this.provider.net.length > 0) continue;
      this.#now += 600_000;
      this.provider.bankActs();
      if (this.open().length === 0) break;
      this.#takeOver();
      await settled();
    }
    await Promise.all(this.#asks);
    this.#readLedger();
  }

  open(): StoredCommand[] {
    return [...this.desk.commands.values()].filter(({ state }) => state !== 'DONE');
  }

  /** Providers remember the keys of requests for so long; a request on its way does not take that long. */
  #dayPasses(): void {
    if (this.provider.net.length > 0 || this.provider.calls.length > 0) return;
    this.#now += DAY_MS;
    this.provider.forgetKeys();
  }

  /** As the check of the ledger does with a payment that nothing is asked for. */
  #readLedger(): void {
    const { record } = this.provider;
    if (record !== undefined && this.open().length === 0) {
      this.#hear({ kind: 'read', orderId: this.orderId, shown: record });
    }
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.chance() * from.length)];
  }

  /** As take-due: whatever runs, with a doubt when somebody had it. */
  #takeOver(): void {
    const command = this.open().find(({ state }) => state === 'RUNNING');
    if (command === undefined) return;
    const inDoubt = command.inDoubt || this.#owned.has(command.commandId);
    const taken = { ...command, inDoubt, version: command.version + 1 };
    this.desk.commands.set(command.commandId, taken);
    this.#claim(taken);
  }

  #claim(command: StoredCommand): void {
    const { payment } = this.desk;
    if (payment === undefined || command.operation === null)
      throw new Error('what runs has a payment and an operation');
    this.#owned.add(command.commandId);
    const attempt: Attempt = { payment, operation: command.operation, command, claimedAt: 0 };
    const generation = this.#generation;
    const ask = askProvider(this.provider, attempt, new Date(this.#now))
      .then((answer) => {
        if (generation === this.#generation) this.#hear({ kind: 'answer', attempt, answer });
      })
      .finally(() => this.#asks.delete(ask));
    this.#asks.add(ask);
  }

  /** Any event there ever was, at any time, any number of times. */
  #hearOfEvent(): void {
    const event = this.#pick(this.provider.events);
    if (event === undefined || this.#heard.has(event.eventId)) return;
    this.#heard.add(event.eventId);
    this.#hear({ kind: 'event', orderId: this.orderId, eventId: event.eventId, shown: event.shown });
  }

  #hear(news: News): void {
    const payment = this.desk.payment && { ...this.desk.payment, provider: this.provider.name };
    const concluded = hear(payment, this.open(), news, this.provider.name, new Date(this.#now));
    if (concluded !== undefined) this.#write(concluded);
  }

  #write({ payment, answered, facts, notice, next }: Conclusion<StoredCommand>): void {
    this.desk.payment = payment;
    this.told.push(...facts);
    for (const { command, reply } of answered) {
      this.desk.commands.set(command.commandId, { ...command, state: 'DONE', reply, version: command.version + 1 });
      this.#owned.delete(command.commandId);
      this.told.push(reply);
    }
    if (notice !== undefined) this.told.push(notice);
    if (next === undefined) return;
    const { command, operation, round, tries, inDoubt, when } = next;
    const running = { ...command, state: 'RUNNING' as const, operation, round, tries, inDoubt };
    const stored = { ...running, version: command.version + 1 };
    this.desk.commands.set(command.commandId, stored);
    this.#owned.delete(command.commandId);
    if (when === 'now') this.#claim(stored);
  }
}

/** Lets promises that can go on do so. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
}
