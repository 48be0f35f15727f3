import { idAt, newId } from '@outrider/contracts';
import { askProvider } from '../commands/ask-provider.js';
import type { Attempt } from '../domain/attempt.js';
import { addCommand, type CommandBatch } from '../domain/command-batch.js';
import { applyUpdate, type Applied } from '../domain/apply-update.js';
import type { ProviderUpdate } from '../domain/provider-update.js';
import type { ActionNotice, Reply, Request } from '../domain/command.js';
import type { ProviderFact } from '../domain/provider-fact.js';
import type { StoredCommand } from '../domain/command.js';
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
 * One order's payment in a simulated database, with a provider and a network that fail in every way. The decisions are the
 * service's own; transactions, leases and processes are simulated. A lease may expire at any moment, even while its attempt
 * is running: then another process claims it.
 */
export class PaymentHistory {
  readonly orderId = idOf(START);
  readonly provider: ModelProvider;
  readonly emitted: (Reply | ActionNotice | ProviderFact)[] = [];
  readonly batch: CommandBatch = { orderId: this.orderId, stored: undefined, payment: undefined, commands: new Map() };
  readonly #owned = new Set<string>();
  readonly #received = new Set<string>();
  readonly #asks = new Set<Promise<void>>();
  /** a process that was killed never gets its answers */
  #generation = 0;
  #now = START;

  constructor(private readonly chance: () => number) {
    this.provider = new ModelProvider(this.orderId, chance, () => this.#now);
  }

  readonly startedAt = START;

  get now(): number {
    return this.#now;
  }

  /** Receives a command, also one that came before. */
  request(commandId: string, request: Request): void {
    const { ended, replies, isNew } = addCommand(this.batch, { orderId: this.orderId, commandId, request });
    this.emitted.push(...replies);
    if (ended !== undefined) this.#owned.delete(ended.command.commandId);
    const command = this.batch.commands.get(commandId);
    if (isNew && command?.state === 'RUNNING') this.#claim(command);
  }

  /** Something happens, whatever it is. */
  async step(): Promise<void> {
    const { net, calls } = this.provider;
    const steps: Step[] = [
      ...net.map((message) => () => this.provider.deliver(message)),
      ...calls.map((call) => () => this.provider.timeOut(call)),
      () => this.#claimDue(),
      () => this.#claimDue(),
      () => this.#receiveEvent(),
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
    await microtasks();
  }

  /** Everything arrives, nothing fails any more: then every command is answered. */
  async calmDown(): Promise<void> {
    this.provider.calm = true;
    for (let rounds = 0; rounds < 400; rounds += 1) {
      for (const message of this.provider.net.slice()) this.provider.deliver(message);
      await microtasks();
      if (this.provider.net.length > 0) continue;
      this.#now += 600_000;
      this.provider.bankActs();
      if (this.open().length === 0) break;
      this.#claimDue();
      await microtasks();
    }
    await Promise.all(this.#asks);
    this.#readLedger();
  }

  open(): StoredCommand[] {
    return [...this.batch.commands.values()].filter(({ state }) => state !== 'DONE');
  }

  /** Providers remember the keys of requests for so long; a request on its way does not take that long. */
  #dayPasses(): void {
    if (this.provider.net.length > 0 || this.provider.calls.length > 0) return;
    this.#now += DAY_MS;
    this.provider.forgetKeys();
  }

  /** As the check of the ledger does with a payment that has no running command. */
  #readLedger(): void {
    const { record } = this.provider;
    if (record !== undefined && this.open().length === 0) {
      this.#apply({ kind: 'ledger', orderId: this.orderId, shown: record });
    }
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.chance() * from.length)];
  }

  /** As claimDueAttempts: the running command, in doubt when a process had it. */
  #claimDue(): void {
    const command = this.open().find(({ state }) => state === 'RUNNING');
    if (command === undefined) return;
    const inDoubt = command.inDoubt || this.#owned.has(command.commandId);
    const claimed = { ...command, inDoubt, version: command.version + 1 };
    this.batch.commands.set(command.commandId, claimed);
    this.#claim(claimed);
  }

  #claim(command: StoredCommand): void {
    const { payment } = this.batch;
    if (payment === undefined || command.operation === null)
      throw new Error('a running command has a payment and an operation');
    this.#owned.add(command.commandId);
    const attempt: Attempt = { payment, operation: command.operation, command, claimedAt: 0 };
    const generation = this.#generation;
    const ask = askProvider(this.provider, attempt, new Date(this.#now))
      .then((answer) => {
        if (generation === this.#generation) this.#apply({ kind: 'answer', attempt, answer });
      })
      .finally(() => this.#asks.delete(ask));
    this.#asks.add(ask);
  }

  /** Any event there ever was, at any time, any number of times. */
  #receiveEvent(): void {
    const event = this.#pick(this.provider.events);
    if (event === undefined || this.#received.has(event.eventId)) return;
    this.#received.add(event.eventId);
    this.#apply({ kind: 'event', orderId: this.orderId, eventId: event.eventId, shown: event.shown });
  }

  #apply(update: ProviderUpdate): void {
    const payment = this.batch.payment && { ...this.batch.payment, provider: this.provider.name };
    const applied = applyUpdate(payment, this.open(), update, this.provider.name, new Date(this.#now));
    if (applied !== undefined) this.#write(applied);
  }

  #write({ payment, answered, facts, notice, next }: Applied<StoredCommand>): void {
    this.batch.payment = payment;
    this.emitted.push(...facts);
    for (const { command, reply } of answered) {
      this.batch.commands.set(command.commandId, { ...command, state: 'DONE', reply, version: command.version + 1 });
      this.#owned.delete(command.commandId);
      this.emitted.push(reply);
    }
    if (notice !== undefined) this.emitted.push(notice);
    if (next === undefined) return;
    const { command, operation, round, tries, inDoubt, when } = next;
    const running = { ...command, state: 'RUNNING' as const, operation, round, tries, inDoubt };
    const stored = { ...running, version: command.version + 1 };
    this.batch.commands.set(command.commandId, stored);
    this.#owned.delete(command.commandId);
    if (when === 'now') this.#claim(stored);
  }
}

/** Waits until promises that can continue have done so. */
async function microtasks(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
}
