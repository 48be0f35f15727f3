// manifests.mjs CONTEXT OUT: writes what npm is to install from, in folders of OUT. `compile` has the manifests of
// packages and services as they are; `run` has those of what runs alone, without development dependencies: with them npm
// would install the servers of the testkit for every process. `operator` is the same for the operator alone, whose client
// of Kubernetes is larger than all that the others need. All leave the lockfile as it is, so that each package has the one
// version that was tested.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const [context, out] = process.argv.slice(2);
const NOT_RUN = ['packages/testkit'];
const OPERATOR = 'services/operator';

const workspaces = [];
for (const folder of ['packages', 'services']) {
  const names = await readdir(join(context, folder));
  workspaces.push(...names.sort().map((name) => `${folder}/${name}`));
}

const read = async (path) => JSON.parse(await readFile(join(context, path, 'package.json'), 'utf8'));

async function write(target, path, manifest) {
  const file = join(out, target, path, 'package.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

for (const target of ['compile', 'run', 'operator']) {
  await mkdir(join(out, target), { recursive: true });
  for (const file of ['package-lock.json', '.npmrc']) await cp(join(context, file), join(out, target, file));
}

const root = await read('.');
await write('compile', '.', { ...root, workspaces });
const { devDependencies: _tools, scripts: _scripts, ...rootThatRuns } = root;
const runs = workspaces.filter((path) => !NOT_RUN.includes(path));
const folders = {
  run: runs.filter((path) => path !== OPERATOR),
  operator: runs.filter((path) => path === OPERATOR || path.startsWith('packages/')),
};
for (const [target, paths] of Object.entries(folders)) {
  await write(target, '.', { ...rootThatRuns, workspaces: paths });
}
for (const path of workspaces) {
  const { devDependencies, ...manifest } = await read(path);
  await write('compile', path, { ...manifest, ...(devDependencies !== undefined && { devDependencies }) });
  for (const [target, paths] of Object.entries(folders)) {
    if (paths.includes(path)) await write(target, path, manifest);
  }
}
