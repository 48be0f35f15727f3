import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';

const FOLDERS = ['packages', 'services', 'scripts', 'bench', 'examples'];
const WHOLE = ['charts', 'k8s', 'images', 'packages/contracts/schemas', 'CHANGELOG.md', '.npmrc'];
const LOCKS = ['package.json', 'package-lock.json'];

/** A copy of what a release looks at, for a test to change. */
export class CheckoutCopy implements AsyncDisposable {
  private constructor(readonly root: string) {}

  static async make(): Promise<CheckoutCopy> {
    const root = await mkdtemp(join(tmpdir(), 'outrider-checkout-'));
    for (const path of [...WHOLE, ...LOCKS]) {
      await cp(join(PROJECT_ROOT, path), join(root, path), { recursive: true, verbatimSymlinks: true });
    }
    for (const folder of FOLDERS) {
      await cp(join(PROJECT_ROOT, folder), join(root, folder), { recursive: true, filter: isManifest });
    }
    return new CheckoutCopy(root);
  }

  async edit(path: string, change: (text: string) => string): Promise<void> {
    const file = join(this.root, path);
    const before = await readFile(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing was changed in ${path}`);
    await writeFile(file, after);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}

/** The package.json of a workspace, and the folders that lead to it. */
function isManifest(path: string): boolean {
  const parts = relative(PROJECT_ROOT, path).split('/');
  return (
    parts.at(-1) === 'package.json' || (parts.length < 3 && !parts.at(-1)?.includes('.') && parts[1] !== 'node_modules')
  );
}
