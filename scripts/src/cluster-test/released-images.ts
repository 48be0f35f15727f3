import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';
import { buildImage, type Build } from '../images/build-images.js';
import { imageReference } from '../images/image-names.js';
import { PROCESSES } from './release.js';
import { lastRelease } from '../release/kept.js';
import { PROJECT_ROOT } from '../run/project.js';

const run = promisify(execFile);

/** The last release: its chart is kept in the checkout, its images are made of the commit that keeps it. */
export interface Released {
  readonly version: string;
  /** the packaged chart */
  readonly archive: string;
  readonly revision: string;
}

/** @returns undefined where no release is kept, or the clone does not reach back to its commit */
export async function findReleased(): Promise<Released | undefined> {
  const last = await lastRelease(PROJECT_ROOT);
  if (last === undefined) return undefined;
  // the first commit of a shallow clone would seem to have added every file
  if ((await git('rev-parse', '--is-shallow-repository')) !== 'false') return undefined;
  const revision = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', relative(PROJECT_ROOT, last.archive));
  return revision === '' ? undefined : { ...last, revision };
}

async function git(...args: readonly string[]): Promise<string> {
  try {
    return (await run('git', [...args], { cwd: PROJECT_ROOT })).stdout.trim();
  } catch (error) {
    // a copy of the files without their history
    if ((error as { code?: unknown }).code === 128) return '';
    throw error;
  }
}

/**
 * Builds the images of the last release, those alone that are not there.
 * @returns their references
 * @throws CommandError when one cannot be built
 */
export async function buildReleased(
  { version, revision }: Released,
  build: Omit<Build, 'root' | 'tag'>,
): Promise<string[]> {
  const references = PROCESSES.map((name) => ({ name, reference: imageReference(name, version) }));
  const there = await Promise.all(references.map(({ reference }) => revisionOf(build.docker, reference)));
  const missing = references.filter((_, at) => there[at] !== revision);
  if (missing.length > 0) {
    const root = await mkdtemp(join(tmpdir(), 'outrider-released-'));
    try {
      await unpack(revision, root);
      for (const { name } of missing) await buildImage(name, { ...build, root, tag: version }, { version, revision });
    } finally {
      await rm(root, { recursive: true });
    }
  }
  return references.map(({ reference }) => reference);
}

/** The commit that an image is of; undefined without the image. */
async function revisionOf(docker: string, reference: string): Promise<string | undefined> {
  const format = '{{index .Config.Labels "org.opencontainers.image.revision"}}';
  return run(docker, ['image', 'inspect', `--format=${format}`, reference]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/** Puts the files of a commit into a folder. */
async function unpack(revision: string, folder: string): Promise<void> {
  const archive = spawn('git', ['archive', revision], { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const tar = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = [archive, tar].map((child) => once(child, 'close') as Promise<[number | null]>);
  await pipeline(archive.stdout, tar.stdin);
  for (const [code] of await Promise.all(ended)) {
    if (code !== 0) throw new CommandError(`The files of the commit ${revision} cannot be unpacked.`);
  }
}
