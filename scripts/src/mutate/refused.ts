import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { applyEdit } from './edit.js';
import type { Mutant } from './mutant.js';
import type { TreeCopy } from './tree-copy.js';

const ERROR = /(mutant-\w+\.ts)\(\d+,\d+\): error /gu;

/**
 * Which mutants the compiler refuses: all stand beside the source under names of their own, and are compiled at once.
 *
 * @param mutants of one file
 */
export async function refusedByCompiler(copy: TreeCopy, mutants: readonly Mutant[]): Promise<ReadonlySet<Mutant>> {
  const [first] = mutants;
  if (first === undefined) return new Set();
  const { path, workspace } = first.file;
  const folder = dirname(path);
  const names = new Map(mutants.map((mutant) => [`mutant-${mutant.id}.ts`, mutant]));
  try {
    for (const [name, { file, edit }] of names) await copy.write(join(folder, name), applyEdit(file.text, edit));
    const refused = new Set<Mutant>();
    for (;;) {
      const before = refused.size;
      for (const [, name = ''] of (await compile(copy.directory, workspace)).matchAll(ERROR)) {
        const mutant = names.get(name);
        if (mutant === undefined || refused.has(mutant)) continue;
        refused.add(mutant);
        await copy.remove(join(folder, name));
      }
      // types are looked at only where every file's syntax is right: what is wrong is taken away, and the rest looked at
      if (refused.size === before) return refused;
    }
  } finally {
    for (const name of names.keys()) await copy.remove(join(folder, name));
  }
}

/** @returns what the compiler writes of a workspace */
async function compile(directory: string, workspace: string): Promise<string> {
  const tsc = join(directory, 'node_modules/typescript/bin/tsc');
  // code that cannot be reached, or a name without use, is a warning to people and no fault of an edit's behaviour
  const lenient = '--allowUnreachableCode true --noUnusedLocals false --noUnusedParameters false';
  const nothingWritten = '--noEmit --incremental false --composite false --declaration false --declarationMap false';
  const options = `--pretty false ${nothingWritten} ${lenient}`.split(' ');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    process.execPath,
    [tsc, ...options, '-p', workspace],
    { cwd: directory, maxBuffer: 2 ** 28 },
    (error, stdout, stderr) => {
      // 1 and 2: it found something
      if (error === null || error.code === 1 || error.code === 2) resolve(stdout);
      else reject(new CommandError(`the compiler broke down: ${stderr || error.message}`));
    },
  );
  return await promise;
}
