/** The part of a terminal or pipe that is written to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a person sees while a command works: short lines under short headings. */
export class Screen {
  #progressShown = false;

  constructor(private readonly output: Output) {}

  /** A new part of the account, set off by an empty line. */
  heading(text: string): void {
    this.line('');
    this.line(this.#bold(text));
  }

  line(text: string): void {
    this.#clearProgress();
    this.output.write(`${text}\n`);
  }

  /** A line below a heading. */
  item(text: string): void {
    this.line(`  ${text}`);
  }

  /** Lines whose columns stand below each other; numbers (columns named in `right`) to the right. */
  rows(rows: readonly (readonly string[])[], right: readonly number[] = []): void {
    const widths: number[] = [];
    for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
    for (const row of rows) {
      const cells = row.map((cell, at) => {
        const width = widths[at] ?? 0;
        return right.includes(at) ? cell.padStart(width) : cell.padEnd(width);
      });
      this.item(cells.join('  ').trimEnd());
    }
  }

  /** A line that the next one replaces. Shown on a terminal only. */
  progress(text: string): void {
    if (this.output.isTTY !== true) return;
    this.#clearProgress();
    this.output.write(`  ${text}`);
    this.#progressShown = true;
  }

  #clearProgress(): void {
    if (!this.#progressShown) return;
    this.output.write('\r\u001B[2K');
    this.#progressShown = false;
  }

  #bold(text: string): string {
    return this.output.isTTY === true && process.env['NO_COLOR'] === undefined ? `\u001B[1m${text}\u001B[0m` : text;
  }
}

/** Milliseconds since `since` (of performance.now) as seconds, for people. */
export function secondsSince(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Thousands set apart: 1,234. */
export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** Minor units as 12.34. */
export function money(cents: number): string {
  return (cents / 100).toLocaleString('en-GB', { minimumFractionDigits: 2 });
}

/** `1 order`, `2 orders`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
