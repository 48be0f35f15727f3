import { isTerminal, type OrderStatus } from '@outrider/contracts';

/** Where an order stands. `action`: what its customer must do; null when nothing is to be done. */
export interface Standing {
  readonly status: OrderStatus;
  readonly action: object | null;
  readonly version: number;
}

/** True while the order goes on by itself: it has not ended, and its customer has nothing to do. */
export function isUnderWay({ status, action }: Pick<Standing, 'status' | 'action'>): boolean {
  return !isTerminal(status) && action === null;
}

/** A request that waits for an order. To be disposed of when it is answered. */
export class Waiting implements Disposable {
  /** the order stands as was waited for, or nobody looks at it any more */
  #over = false;
  #wake: (() => void) | undefined;

  /**
   * @param afterVersion a version of the order that is known to the caller; only later ones count
   * @param leave called once, when it is disposed of
   */
  constructor(
    private readonly afterVersion: number,
    private readonly leave: () => void,
  ) {}

  /** True when an order that stands so is still waited for. */
  isFor(order: Standing): boolean {
    return order.version <= this.afterVersion || isUnderWay(order);
  }

  /** Takes note of where the order stands. */
  see(order: Standing): void {
    if (!this.isFor(order)) this.end();
  }

  /** Ends waiting, whatever the order does. */
  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  /** Resolves when the order was seen to stand as is waited for, after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (this.#over) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}

/** How the orders stand of which it is asked; those under way may be left out. */
export type ReadStandings = (orderIds: readonly string[]) => Promise<ReadonlyMap<string, Standing>>;

/**
 * The orders that requests wait for. What this process does to them is seen at once, what others do by `look`, which
 * takes one statement for all of them, and none when nobody waits.
 */
export class AwaitedOrders {
  readonly #waiting = new Map<string, Set<Waiting>>();
  #requests = 0;
  #open = false;

  /** @param most requests at a time: each holds a connection, and others need some too. Further ones are answered at once */
  constructor(
    private readonly readStandings: ReadStandings,
    private readonly most: number,
  ) {}

  /** How many orders are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** From now on requests wait; before, and after `close`, they are answered at once. */
  open(): void {
    this.#open = true;
  }

  /** Ends all waiting: their requests are answered, and a process that stops is not held up. */
  close(): void {
    this.#open = false;
    for (const requests of this.#waiting.values()) for (const waiting of requests) waiting.end();
  }

  /** To be called before the order is read, so that no change falls in between. */
  begin(orderId: string, afterVersion: number): Waiting {
    const requests = this.#waiting.get(orderId) ?? new Set();
    const waiting: Waiting = new Waiting(afterVersion, () => {
      if (requests.delete(waiting)) this.#requests -= 1;
      if (requests.size === 0 && this.#waiting.get(orderId) === requests) this.#waiting.delete(orderId);
    });
    requests.add(waiting);
    this.#waiting.set(orderId, requests);
    this.#requests += 1;
    if (!this.#open || this.#requests > this.most) waiting.end();
    return waiting;
  }

  /** To be called with every change of an order that was committed. */
  changed(orderId: string, standing: Standing): void {
    for (const waiting of this.#waiting.get(orderId) ?? []) waiting.see(standing);
  }

  /** Sees what other processes have done. */
  async look(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const standings = await this.readStandings([...this.#waiting.keys()]);
    for (const [orderId, standing] of standings) this.changed(orderId, standing);
  }
}
