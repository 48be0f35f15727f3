// assemble.mjs APP OUT: gathers what has been compiled and runs. OUT/packages holds the packages that services share,
// OUT/services/NAME one process each, with its entry at dist/main.js. Of a source, its code and source map are taken;
// tests, their fixtures and type declarations are not.
import { existsSync } from 'node:fs';
import { access, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const [app, out] = process.argv.slice(2);
const NOT_RUN = new Set(['testing', 'example', 'jest']);

async function* sources(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!NOT_RUN.has(entry.name)) yield* sources(path);
    } else if (entry.name.endsWith('.ts')) {
      yield path;
    }
  }
}

async function take(workspace, part, target) {
  for await (const source of sources(join(workspace, 'src', part))) {
    const from = relative(join(workspace, 'src'), source).replace(/\.ts$/, '.js');
    const to = join(target, 'dist', relative(part, from));
    await mkdir(dirname(to), { recursive: true });
    for (const end of ['', '.map']) await cp(join(workspace, 'dist', `${from}${end}`), `${to}${end}`);
  }
}

for (const folder of ['packages', 'services']) {
  for (const name of await readdir(join(app, folder))) {
    // a package that no process refers to is not compiled
    if (name === 'testkit' || !existsSync(join(app, folder, name, 'dist'))) continue;
    await take(join(app, folder, name), '', join(out, folder, name));
  }
}

// the payment provider's stand-in is a part of the testkit that needs nothing of the rest
const simulator = join(out, 'services/simulator');
await take(join(app, 'packages/testkit'), 'simulator', simulator);
await writeFile(join(simulator, 'package.json'), '{ "type": "module", "private": true }\n');
await access(join(simulator, 'dist/main.js'));
