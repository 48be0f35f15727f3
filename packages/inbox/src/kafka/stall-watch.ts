import { InboxError } from '../errors.js';

const LOOK_EVERY_MS = 5_000;

/** Notices a member that has shown no sign of life for too long: it is as good as crashed, whatever it reports. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #lastSign = Date.now();
  #lastLook = Date.now();

  /** @param isBusy whether a batch is in hand: then silence is no fault of the client */
  constructor(
    private readonly stallMs: number,
    private readonly isBusy: () => boolean,
    private readonly stalled: (error: InboxError) => void,
  ) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  sign(): void {
    this.#lastSign = Date.now();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = Date.now();
    // the process itself may have been paused: that is no fault of the client
    if (this.isBusy() || now - this.#lastLook > 2 * LOOK_EVERY_MS) this.#lastSign = now;
    this.#lastLook = now;
    if (now - this.#lastSign > this.stallMs) {
      this.stalled(new InboxError('INBOX_CONSUMER_STALLED', `no sign of life for ${this.stallMs} ms`));
    }
  }
}
