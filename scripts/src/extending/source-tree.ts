import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { changed, type Step } from './guide.js';

const SOURCES = ['packages', 'services', 'examples', 'scripts'] as const;
const NOT_SOURCES: ReadonlySet<string> = new Set(['node_modules', 'dist']);

/** Some seconds; on a machine that is busy, many. */
export const COMPILING_MS = 240_000;

/** A copy of the sources that changes are tried on; the project's own packages are found in the copy. */
export interface SourceTree {
  apply(steps: readonly Step[]): Promise<void>;
  /** a module of the copy; its type is the test's word, since the project does not know it */
  load<T>(file: string): Promise<T>;
  /** what the compiler says of these files and all that they import, as the project compiles; '' when nothing */
  compile(files: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Copies the sources without their tests, and links to what is installed, also for one package alone. */
export async function copySources(): Promise<SourceTree> {
  const root = await mkdtemp(join(tmpdir(), 'outrider-extending-'));
  const path = (file: string): string => join(root, file);
  for (const folder of SOURCES)
    await cp(join(PROJECT_ROOT, folder), path(folder), { recursive: true, filter: isSource });
  await cp(join(PROJECT_ROOT, 'tsconfig.base.json'), path('tsconfig.base.json'));
  for (const own of globSync('{packages,services,scripts,examples}/{,*/}node_modules', { cwd: PROJECT_ROOT })) {
    await symlink(join(PROJECT_ROOT, own), path(own));
  }
  await linkInstalled(join(PROJECT_ROOT, 'node_modules'), path('node_modules'));
  return {
    apply: (steps) => applySteps(root, steps),
    load: <T>(file: string) => import(path(file)) as Promise<T>,
    async compile(files) {
      // one program instead of one per package: nothing is written, and each file is checked once
      const compilerOptions = { noEmit: true, composite: false, incremental: false, declaration: false };
      const project = {
        extends: './tsconfig.base.json',
        files,
        compilerOptions: { ...compilerOptions, declarationMap: false },
      };
      await writeFile(path('tsconfig.json'), JSON.stringify(project));
      return new Promise((resolve) => {
        const tsc = join(PROJECT_ROOT, 'node_modules/.bin/tsc');
        execFile(tsc, ['-p', root, '--pretty', 'false'], { cwd: root }, (error, stdout) =>
          resolve(error === null ? '' : stdout || error.message),
        );
      });
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Makes the changes of steps in a tree of files. @throws Error when the guide does not fit it */
export async function applySteps(root: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const path = join(root, step.path);
    await mkdir(dirname(path), { recursive: true });
    if (step.kind === 'copy') {
      await cp(join(root, step.from), path, { recursive: true, errorOnExist: true, force: false });
    } else {
      const text = step.kind === 'change' ? changed(await readFile(path, 'utf8'), step) : step.text;
      await writeFile(path, text, { flag: step.kind === 'change' ? 'w' : 'wx' });
    }
  }
}

function isSource(path: string): boolean {
  return !NOT_SOURCES.has(basename(path)) && !path.endsWith('.test.ts');
}

/** Links each package that is installed; those of the project itself lead into the copy, as npm links them. */
async function linkInstalled(from: string, to: string): Promise<void> {
  await mkdir(join(to, '@outrider'), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@outrider') await symlink(join(from, name), join(to, name));
  }
  for (const name of await readdir(join(from, '@outrider'))) {
    await symlink(await readlink(join(from, '@outrider', name)), join(to, '@outrider', name));
  }
}
