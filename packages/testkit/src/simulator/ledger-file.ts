import { open, type FileHandle } from 'node:fs/promises';
import { SimulatorError } from './simulator-error.js';

/**
 * A file of JSON lines that only grows. Lines that are added while one write runs go together into the next
 * (group commit), so that many requests at once cost one write.
 */
export class LedgerFile {
  #pending: string[] = [];
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: FileHandle,
    private readonly fsync: boolean,
  ) {}

  /**
   * Opens or makes the file. A last line without an end was cut off by a kill: nobody was answered for it, and it goes.
   *
   * @param fsync wait for the disk too, not only for the kernel: needed to survive the machine, not the process
   * @returns the file, to be written on, and the values of its lines
   * @throws SimulatorError LEDGER_CORRUPT when a whole line is not JSON
   */
  static async open(path: string, fsync: boolean): Promise<{ file: LedgerFile; values: unknown[] }> {
    const file = await open(path, 'a+', 0o600);
    const text = await file.readFile('utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    try {
      if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
      const values = whole
        .split('\n')
        .slice(0, -1)
        .map((line, index) => parse(line, path, index + 1));
      return { file: new LedgerFile(file, fsync), values };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves when the value is in the file. Rejects when it cannot be written: then memory and file differ. */
  append(value: unknown): Promise<void> {
    this.#pending.push(`${JSON.stringify(value)}\n`);
    this.#next ??= this.#writing.then(() => this.#write());
    return this.#next;
  }

  /** Resolves when everything that was added before is in the file. */
  flushed(): Promise<void> {
    return this.#next ?? this.#writing;
  }

  async close(): Promise<void> {
    try {
      await this.flushed();
    } finally {
      await this.file.close();
    }
  }

  async #write(): Promise<void> {
    // what came in on this turn of the event loop goes along
    await new Promise((resolve) => setImmediate(resolve));
    const lines = this.#pending;
    this.#pending = [];
    this.#writing = this.#next ?? Promise.resolve();
    this.#next = undefined;
    await this.file.appendFile(lines.join(''));
    if (this.fsync) await this.file.datasync();
  }
}

function parse(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new SimulatorError('LEDGER_CORRUPT', `Line ${number} of ${path} is not JSON.`);
  }
}
