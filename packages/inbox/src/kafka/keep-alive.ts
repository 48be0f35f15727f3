/**
 * Sends heartbeats while a batch is in hand: kafkajs sends none by itself meanwhile. The first that fails says that
 * the group goes on without this member, or is about to; `failure` then holds why.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout;
  failure: { readonly error: unknown } | undefined;

  constructor(heartbeat: () => Promise<void>, everyMs: number, failed: () => void) {
    this.#timer = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        if (this.failure === undefined) failed();
        this.failure ??= { error };
      });
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
