import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Log } from '@outrider/common';

/**
 * A parsed file that is read again when it changes. `look` is to be called from time to time: a mounted secret is replaced
 * as a whole folder, which file system notifications miss.
 */
export class WatchedFile<T> {
  #text: string;
  #value: T;
  #problem: string | undefined;

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

  /** Reads it again. A file that is missing or invalid is logged once, and the last value stays. */
  async look(): Promise<void> {
    try {
      const text = await readFile(this.path, 'utf8');
      if (text !== this.#text) {
        this.#value = this.parse(text);
        this.#text = text;
        this.log.info({ file: this.path }, 'a file has changed and was read again');
      }
      this.#problem = undefined;
    } catch (error) {
      const problem = String(error);
      if (problem === this.#problem) return;
      this.#problem = problem;
      this.log.error({ file: this.path, err: error }, 'a file cannot be used; its last value stays in use');
    }
  }
}
