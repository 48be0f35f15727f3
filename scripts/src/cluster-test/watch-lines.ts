import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;

/**
 * Reads logs from their first line on, as programs append to them. A file need not be there yet.
 *
 * @param files by the name that `found` is called with
 * @param found called with each line that matches
 */
export function watchLines(
  files: ReadonlyMap<string, string>,
  wanted: RegExp,
  found: (name: string, line: string) => void,
): AsyncDisposable {
  const read = new Map<string, { offset: number; rest: string }>();
  const look = async (): Promise<void> => {
    for (const [name, file] of files) {
      const known = read.get(name) ?? { offset: 0, rest: '' };
      const added = await readFrom(file, known.offset);
      const lines = (known.rest + added.toString()).split('\n');
      read.set(name, { offset: known.offset + added.length, rest: lines.pop() ?? '' });
      for (const line of lines) if (wanted.test(line)) found(name, line);
    }
  };
  const stop = new AbortController();
  const ended = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** All bytes of a file behind the offset; none where there is no file. */
async function readFrom(file: string, offset: number): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
