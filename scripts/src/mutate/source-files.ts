import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from '@babel/parser';
import { UsageError } from '../cli/errors.js';

/** A file whose edits are tried; paths are relative to the checkout, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly workspace: string;
  readonly text: string;
  readonly unit: readonly string[];
  readonly integration: readonly string[];
}

const TEST = /\.test\.ts$/u;
const INTEGRATION = /\.integration\.test\.ts$/u;
const PROCESS = /\.process\.test\.ts$/u;

/** Code that runs in tests only, or that no test of its own package can notice. */
const LEFT_OUT = /\.test\.ts$|\/testing\/|\/migrations\/|\/main\.ts$|\/bin\//u;

/**
 * The sources under some paths, each with the tests of its own package that import it, directly or by others.
 *
 * @param paths folders or files, relative to the checkout
 * @throws UsageError when a path is not in a package's src, or holds nothing to change
 */
export async function findSources(root: string, paths: readonly string[]): Promise<SourceFile[]> {
  const byWorkspace = new Map<string, Map<string, string>>();
  const found = new Map<string, SourceFile>();
  for (const given of paths) {
    const path = given.replace(/\/+$/u, '');
    const workspace = /^(?:(?:packages|services|examples)\/[^/]+|scripts|bench)(?=\/src(?:\/|$))/u.exec(path)?.[0];
    if (workspace === undefined) throw new UsageError(`${given} is not under the src folder of a package or service.`);
    let texts = byWorkspace.get(workspace);
    if (texts === undefined) byWorkspace.set(workspace, (texts = await readSources(root, workspace)));
    const inside = [...texts.keys()].filter((file) => file === path || file.startsWith(`${path}/`));
    const sources = inside.filter((file) => !LEFT_OUT.test(file));
    if (sources.length === 0) throw new UsageError(`${given} holds no source that can be changed.`);
    const users = usersOf(texts);
    for (const file of sources)
      found.set(file, { path: file, workspace, ...testsOf(file, users), text: texts.get(file) ?? '' });
  }
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function readSources(root: string, workspace: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const path of glob(`${workspace}/src/**/*.ts`, { cwd: root })) {
    texts.set(path.replaceAll('\\', '/'), await readFile(join(root, path), 'utf8'));
  }
  return texts;
}

/** Which files import a file. */
function usersOf(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const [path, text] of texts) {
    for (const imported of importsOf(path, text)) {
      const list = users.get(imported);
      if (list === undefined) users.set(imported, [path]);
      else list.push(path);
    }
  }
  return users;
}

function importsOf(path: string, text: string): string[] {
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript', 'decorators-legacy'] });
  return program.body.flatMap((node) => {
    const named =
      node.type === 'ImportDeclaration' ||
      node.type === 'ExportNamedDeclaration' ||
      node.type === 'ExportAllDeclaration';
    if (!named || !node.source?.value.startsWith('.')) return [];
    return [join(dirname(path), node.source.value).replaceAll('\\', '/').replace(/\.js$/u, '.ts')];
  });
}

function testsOf(
  file: string,
  users: ReadonlyMap<string, readonly string[]>,
): Pick<SourceFile, 'unit' | 'integration'> {
  const seen = new Set([file]);
  for (const reached of seen) for (const user of users.get(reached) ?? []) seen.add(user);
  const tests = [...seen].filter((path) => TEST.test(path) && !PROCESS.test(path)).sort();
  return {
    unit: tests.filter((path) => !INTEGRATION.test(path)),
    integration: tests.filter((path) => INTEGRATION.test(path)),
  };
}
