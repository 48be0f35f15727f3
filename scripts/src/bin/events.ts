import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eventDocuments, releasedFiles, SCHEMA_FOLDER } from '@outrider/contracts/schemas';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { PROJECT_ROOT } from '../run/project.js';

const program = command('npm run docs:events --', 'Makes the JSON Schemas and the documents of all events.').option(
  '--release',
  'also keeps the JSON Schemas as those of the version in packages/contracts/package.json',
);

async function version(): Promise<string> {
  const text = await readFile(join(PROJECT_ROOT, 'packages/contracts/package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

async function write(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(PROJECT_ROOT, path)), { recursive: true });
    await writeFile(join(PROJECT_ROOT, path), text);
  }
}

/** A released version is what others run: its schemas never change again. */
async function release(of: string): Promise<void> {
  const files = releasedFiles(of);
  const folder = join(PROJECT_ROOT, SCHEMA_FOLDER, 'released', of);
  for (const [path, text] of existsSync(folder) ? files : []) {
    const file = join(PROJECT_ROOT, path);
    if (!existsSync(file) || (await readFile(file, 'utf8')) !== text) {
      throw new CommandError(`${of} is released already, with another ${path}. Raise the version first.`);
    }
  }
  await write(files);
}

async function events(options: { readonly release?: true }): Promise<number> {
  const current = await version();
  await write(eventDocuments(current));
  if (options.release) await release(current);
  console.log('docs/events and packages/contracts/schemas are current.');
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), events));
