/** Wakes one waiter; a call before the wait is not lost. */
export class Signal {
  #set = false;
  #wake: (() => void) | undefined;

  set(): void {
    this.#set = true;
    this.#wake?.();
  }

  /** Only later calls of `set` count. */
  clear(): void {
    this.#set = false;
  }

  /** Resolves when it is set or after `ms`. Clears it. */
  async wait(ms?: number): Promise<void> {
    if (!this.#set) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#set = false;
  }
}
