import type { FileResults } from './results.js';

/** More failed files than this are no accident: the run stands as it is. */
const MOST_FILES = 10;

/** A file that took longer is one whose tests hang, one after the other: they would again. */
const LONGEST_SECONDS = 600;

/**
 * Runs each file that failed once more; what came of it then is what counts. jest tries a test again by itself, but not
 * a file whose beforeAll failed or whose process died.
 *
 * @param runAlone runs one file with nothing beside it; undefined when the run left no results of it
 * @param log called with every file, by its name, how it ended
 * @returns all results, those of the files that ran again in place of the first ones
 */
export async function runFailedAgain(
  first: readonly FileResults[],
  runAlone: (file: string) => Promise<FileResults | undefined>,
  log: (line: string) => void,
): Promise<readonly FileResults[]> {
  const failed = first.filter((one) => one.failed > 0);
  if (failed.length > MOST_FILES) {
    log(`${failed.length} files failed: none of them is run again.`);
    return first;
  }
  const results = new Map(first.map((one) => [one.file, one]));
  for (const { file, seconds } of failed.filter(hung)) {
    log(`Failed after ${Math.round(seconds)} s, and is not run again: ${file}`);
  }
  const worthwhile = failed.filter((one) => !hung(one));
  for (const { file } of worthwhile) {
    log(`Failed, and is run again, alone: ${file}`);
    const again = await runAlone(file);
    if (again !== undefined) results.set(file, again);
  }
  for (const { file } of worthwhile) {
    log(results.get(file)?.failed === 0 ? `Failed at first, passed when run again: ${file}` : `Failed twice: ${file}`);
  }
  return [...results.values()];
}

function hung({ seconds }: FileResults): boolean {
  return seconds > LONGEST_SECONDS;
}
