import { readFile } from 'node:fs/promises';

/** What Node adds to an error that nobody caught: the way through its own loader, and its version. */
const OF_NODE = /^\s+at .*\bnode:internal\/|^Node\.js v/u;

/** What a line of a pino log says: its message, and the error's, if there is one. Other lines stay as they are. */
function readable(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg, err?.message].filter((part) => part !== undefined).join(': ') || line;
  } catch {
    return line;
  }
}

/** The last lines of a process's log, for people; empty when there is none. */
export async function logEnd(path: string, lines = 5): Promise<string> {
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const last = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !OF_NODE.test(line))
    .slice(-lines);
  return last.map((line) => `    ${readable(line)}`).join('\n');
}
