import type { Decision, Ledger } from './ledger.js';
import type { Planned } from './ledger-line.js';
import { changeOf, type Plans } from './plans.js';

/** No timer of Node's runs longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Does what was planned when it is due, also what a process had planned that is gone. */
export class Player {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  /** @param tell called with what was done */
  constructor(
    private readonly ledger: Ledger,
    private readonly plans: Plans,
    private readonly tell: (decision: Decision) => void,
    private readonly onUnexpected: (error: unknown) => void,
  ) {}

  /** Sees to what was planned since it was called last. */
  arrange(): void {
    for (const planned of this.#closed ? [] : this.ledger.planned()) {
      if (this.#timers.has(planned.id)) continue;
      const wait = Math.min(Math.max(0, Date.parse(planned.at) - Date.now()), LONGEST_MS);
      this.#timers.set(
        planned.id,
        setTimeout(() => this.#start(planned), wait),
      );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #start(planned: Planned): void {
    const work = this.#play(planned)
      .catch(this.onUnexpected)
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #play({ id, authorizationId, plan }: Planned): Promise<void> {
    const change = changeOf(plan, () => this.plans.refundBegins(this.ledger.counts()), this.ledger.now());
    this.tell(await this.ledger.change({ played: id }, authorizationId, change));
    this.#timers.delete(id);
    this.arrange();
  }
}
