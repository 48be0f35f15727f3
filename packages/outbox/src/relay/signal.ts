/** Wakes one waiter; a call before the wait is not lost. */
export class Signal {
  #set = false;
  #wake: (() => void) | undefined;

  set(): void {
    this.#set = true;
    this.#wake?.();
  }

  /** From now on only new calls count. */
  clear(): void {
    this.#set = false;
  }

  /** Until it is set, or `ms` have passed; true when it was set. Clears it. */
  async wait(ms?: number): Promise<boolean> {
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
    const was = this.#set;
    this.#set = false;
    return was;
  }
}
