import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.js';

/**
 * Works in a folder with the manifests that images are made of, and a lockfile of their packages alone: what is shipped,
 * without what tests, builds and scripts need.
 */
export async function withShippedPackages<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'outrider-release-'));
  try {
    await runProgram(process.execPath, [join(root, 'images/manifests.mjs'), root, directory]);
    // npm names what it describes by its folder
    const folder = join(directory, 'outrider');
    await rename(join(directory, 'run'), folder);
    // the lockfile knows all of it, so nothing is asked of a registry
    await runProgram('npm', ['install', '--package-lock-only', '--ignore-scripts', '--omit=dev', '--offline'], {
      cwd: folder,
    });
    return await work(folder);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The software bill of materials of a folder with a lockfile: CycloneDX, as JSON. */
export async function makeSbom(folder: string): Promise<string> {
  return runProgram('npm', ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'], { cwd: folder });
}
