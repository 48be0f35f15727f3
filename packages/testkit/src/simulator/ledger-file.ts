import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { SimulatorError } from './simulator-error.js';

/** A line as it was read. */
export interface ReadLine {
  /** what its JSON says */
  readonly value: unknown;
  /** where it begins, in bytes */
  readonly place: number;
  /** from 1 */
  readonly number: number;
}

const NEWLINE = 0x0a;
/** What is read of the file at once when it is gone through, in bytes. */
const CHUNK = 1_048_576;
/** What is read at once for one line, in bytes: few are longer. */
const ONE_LINE = 2_048;

/**
 * A file of JSON lines that only grows, so a line stays at its place. Lines that are added while one write runs go
 * together into the next (group commit), so that many requests at once cost one write.
 */
export class LedgerFile {
  /** by place: those that go into the next write, and those of the write that runs */
  #pending = new Map<number, string>();
  #leaving = new Map<number, string>();
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** in bytes, with what is not written yet */
  #size = 0;
  readonly #line = Buffer.allocUnsafe(ONE_LINE);

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly fsync: boolean,
  ) {}

  /**
   * Opens or makes the file. Its lines are gone through before anything is added.
   *
   * @param fsync wait for the disk too, not only for the kernel: needed to survive the machine, not the process
   */
  static async open(path: string, fsync: boolean): Promise<LedgerFile> {
    return new LedgerFile(path, await open(path, 'a+', 0o600), fsync);
  }

  /**
   * All lines, once. A last line without an end is given one when it is whole, as an editor leaves it; else it was cut
   * off by a kill: nobody was answered for it, and it goes.
   *
   * @throws SimulatorError LEDGER_CORRUPT when a whole line is not JSON, or the last one not the beginning of an object;
   * the file stays as it is
   */
  async *lines(): AsyncGenerator<ReadLine> {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = Buffer.alloc(0);
    let number = 0;
    for (;;) {
      const { bytesRead } = await this.file.read(chunk, 0, CHUNK, this.#size + rest.length);
      if (bytesRead === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        number += 1;
        const value = this.#parse(bytes.toString('utf8', start, end), `Line ${number}`);
        yield { value, place: this.#size, number };
        this.#size += end + 1 - start;
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    if (rest.length === 0) return;
    number += 1;
    const last = rest.toString('utf8');
    if (isJson(last)) {
      await this.file.appendFile('\n');
      yield { value: JSON.parse(last), place: this.#size, number };
      this.#size += rest.length + 1;
    } else if (last.startsWith('{')) await this.file.truncate(this.#size);
    else throw this.#notJson(`Line ${number}`);
  }

  /**
   * Adds a line. `written` resolves when it is in the file, and rejects when it cannot be written: then memory and file
   * differ.
   *
   * @returns with its place, from which it can be read at once
   */
  append(value: unknown): { readonly place: number; readonly written: Promise<void> } {
    const line = `${JSON.stringify(value)}\n`;
    const place = this.#size;
    this.#size += Buffer.byteLength(line);
    this.#pending.set(place, line);
    this.#next ??= this.#writing.then(() => this.#write());
    return { place, written: this.#next };
  }

  /**
   * The value of the line at a place, written or not.
   *
   * @throws SimulatorError LEDGER_CORRUPT when there is none: another program has changed the file
   */
  read(place: number): unknown {
    const text = this.#pending.get(place) ?? this.#leaving.get(place) ?? this.#readBack(place);
    return this.#parse(text, `What is at byte ${place}`);
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
    this.#leaving = this.#pending;
    this.#pending = new Map();
    this.#writing = this.#next ?? Promise.resolve();
    this.#next = undefined;
    await this.file.appendFile([...this.#leaving.values()].join(''));
    if (this.fsync) await this.file.datasync();
    this.#leaving = new Map();
  }

  /** Not waiting: it was written a while ago by this machine, and is in the kernel's memory. */
  #readBack(place: number): string {
    for (let buffer = this.#line; ; buffer = Buffer.allocUnsafe(2 * buffer.length)) {
      const read = readSync(this.file.fd, buffer, 0, buffer.length, place);
      const end = buffer.subarray(0, read).indexOf(NEWLINE);
      if (end >= 0 || read < buffer.length) return buffer.toString('utf8', 0, Math.max(0, end));
    }
  }

  #parse(text: string, what: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#notJson(what);
    }
  }

  #notJson(what: string): SimulatorError {
    return new SimulatorError('LEDGER_CORRUPT', `${what} of ${this.path} is not JSON.`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
