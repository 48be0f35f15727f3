import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';

/** A copy of the checkout that may be changed; what it links to is only read. */
export interface TreeCopy extends AsyncDisposable {
  readonly directory: string;
  /** @param path relative to the checkout */
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const NOT_COPIED = new Set(['node_modules', '.git', '.run', '.cache', 'coverage']);

/** Copies sources and builds, and links what is installed; removed when disposed of. */
export async function copyTree(checkout: string): Promise<TreeCopy> {
  const root = resolve(checkout);
  const directory = await mkdtemp(join(tmpdir(), 'outrider-mutate-'));
  const linked: string[] = [];
  await cp(root, directory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => {
      const name = basename(source);
      if (name === 'node_modules') linked.push(relative(root, source));
      return source === root || !NOT_COPIED.has(name);
    },
  });
  for (const modules of linked) await linkModules(join(root, modules), join(directory, modules));
  return {
    directory,
    write: async (path, text) => await writeFile(join(directory, path), text),
    remove: async (path) => await rm(join(directory, path), { force: true }),
    [Symbol.asyncDispose]: async () => await rm(directory, { recursive: true, force: true }),
  };
}

/** Links each package; links of workspaces are relative, and so lead to the copy's own. */
async function linkModules(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === '@outrider')
      await cp(join(from, entry.name), join(to, entry.name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, entry.name), join(to, entry.name));
  }
}
