import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { credentialReads, type CredentialReads } from '@outrider/connections';
import type { Log } from '@outrider/common';

/**
 * A parsed file that is read again when it changes. `look` is to be called from time to time: a mounted secret is replaced
 * as a whole folder, which file system notifications miss.
 */
export class WatchedFile<T> {
  #text: string;
  #value: T;

  /** Reads it. @throws what reading or parsing throws */
  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => T,
    private readonly log: Pick<Log, 'info'>,
    private readonly reads: CredentialReads = credentialReads,
  ) {
    this.#text = readFileSync(path, 'utf8');
    this.#value = parse(this.#text);
    reads.read(path);
  }

  get value(): T {
    return this.#value;
  }

  /** Reads it again. With a file that is missing or invalid the last value stays; the reads are told, which log it once. */
  async look(): Promise<void> {
    try {
      const text = await readFile(this.path, 'utf8');
      if (text !== this.#text) {
        this.#value = this.parse(text);
        this.#text = text;
        this.log.info({ file: this.path }, 'a file has changed and was read again');
      }
      this.reads.read(this.path);
    } catch (error) {
      this.reads.failed(this.path, error instanceof Error ? error.message : String(error));
    }
  }
}
