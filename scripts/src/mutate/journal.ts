import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Result } from './mutant.js';

/**
 * Results as they came, a line of JSON each, so that a run that was interrupted goes on where it ended. What was
 * noticed once stays noticed; what survived is tried again when its tests have changed.
 */
export class Journal {
  readonly #known = new Map<string, Entry>();

  private constructor(private readonly path: string) {}

  static async open(path: string, forget: boolean): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    if (forget) await rm(path, { force: true });
    const journal = new Journal(path);
    for (const line of (await textOf(path)).split('\n')) {
      const entry = parseLine(line);
      if (entry !== undefined) journal.#known.set(entry.id, entry);
    }
    return journal;
  }

  /** @param tests names the tests' texts */
  find(id: string, tests: string): Result | undefined {
    const entry = this.#known.get(id);
    if (entry === undefined) return undefined;
    const { tests: tried, ...result } = entry;
    return result.fate === 'survived' && tried !== tests ? undefined : result;
  }

  async add(result: Result, tests: string): Promise<void> {
    const entry: Entry = { ...result, tests };
    this.#known.set(result.id, entry);
    await appendFile(this.path, `${JSON.stringify(entry)}\n`);
  }
}

type Entry = Result & { readonly tests: string };

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The last line may be half written. */
function parseLine(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
