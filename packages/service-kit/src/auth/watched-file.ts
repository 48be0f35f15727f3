import type { Log } from '@outrider/common';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * What a file says, read again when it changes. Whoever owns it calls `look` from time to time: a mounted secret is
 * exchanged as a whole folder, which the notices of file systems miss.
 */
export class WatchedFile<T> {
  #text: string;
  #value: T;
  #trouble: string | undefined;

  /** Reads it. @throws what reading or parsing throws */
  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => T,
    private readonly log: Pick<Log, 'info' | 'error'>,
  ) {
    this.#text = readFileSync(path, 'utf8');
    this.#value = parse(this.#text);
  }

  get value(): T {
    return this.#value;
  }

  /** Reads it again. What is missing or wrong is logged once, and what it said before goes on. */
  async look(): Promise<void> {
    try {
      const text = await readFile(this.path, 'utf8');
      if (text !== this.#text) {
        this.#value = this.parse(text);
        this.#text = text;
        this.log.info({ file: this.path }, 'read again: it has changed');
      }
      this.#trouble = undefined;
    } catch (error) {
      const trouble = String(error);
      if (trouble === this.#trouble) return;
      this.#trouble = trouble;
      this.log.error({ file: this.path, err: error }, 'is no good now; what it said before goes on');
    }
  }
}
