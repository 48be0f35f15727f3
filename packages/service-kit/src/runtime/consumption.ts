import type { Log } from '@outrider/common';
import type { Background } from '../background/index.js';
import type { SchemaWatch } from './schema-watch.js';

export interface ConsumptionOptions {
  readonly schema: SchemaWatch;
  readonly inbox: { start(): Promise<void>; stop(): Promise<void> };
  readonly replays: { stop(): Promise<void> };
  /** starts the service's background tasks */
  readonly startBackground: () => readonly Background[];
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** What a service does by itself, besides answering requests: consumers, replays and background tasks. */
export class Consumption {
  readonly #stop = new AbortController();
  #begun: Promise<void> | undefined;
  #background: readonly Background[] = [];

  constructor(private readonly options: ConsumptionOptions) {}

  /** Starts it as soon as the schema is current. Resolves then, or when it is stopped before. */
  begin(): Promise<void> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  /** Ends after the batches and rounds that have begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#begun;
    const { inbox, replays } = this.options;
    await Promise.all([inbox.stop(), replays.stop(), ...this.#background.map((task) => task.close())]);
  }

  async #begin(): Promise<void> {
    const { schema, inbox, startBackground, log } = this.options;
    if (!(await schema.current(this.#stop.signal, log))) return;
    await inbox.start();
    this.#background = startBackground();
    log.info({}, 'consuming');
  }
}
