/** What a read of a credential's file ended in. */
export type ReadOutcome = 'read' | 'failed';

/** Notified when a file can no longer be used, with the reason, and when it can again. */
export interface CredentialListener {
  broken(file: string, reason: string): void;
  usable(file: string): void;
}

/**
 * Counts the reads of credentials' files of this process, and says once, not with each connection, when one can no
 * longer be used. The reason never holds what is in the file.
 */
export class CredentialReads {
  readonly #counts = new Map<string, Record<ReadOutcome, number>>();
  readonly #broken = new Map<string, string>();
  readonly #listeners = new Set<CredentialListener>();

  /** @returns a function that ends the listening */
  listen(listener: CredentialListener): () => void {
    this.#listeners.add(listener);
    for (const [file, reason] of this.#broken) listener.broken(file, reason);
    return () => void this.#listeners.delete(listener);
  }

  read(file: string): void {
    this.#count(file).read += 1;
    if (this.#broken.delete(file)) for (const listener of this.#listeners) listener.usable(file);
  }

  failed(file: string, reason: string): void {
    this.#count(file).failed += 1;
    if (this.#broken.get(file) === reason) return;
    this.#broken.set(file, reason);
    for (const listener of this.#listeners) listener.broken(file, reason);
  }

  /** Reads so far, by file and outcome. */
  counts(): { readonly file: string; readonly outcome: ReadOutcome; readonly count: number }[] {
    return [...this.#counts].flatMap(([file, { read, failed }]) => [
      { file, outcome: 'read' as const, count: read },
      { file, outcome: 'failed' as const, count: failed },
    ]);
  }

  #count(file: string): Record<ReadOutcome, number> {
    let count = this.#counts.get(file);
    if (count === undefined) this.#counts.set(file, (count = { read: 0, failed: 0 }));
    return count;
  }
}

/** Those of this process: its settings read files before there is a log or a registry of metrics. */
export const credentialReads = new CredentialReads();
