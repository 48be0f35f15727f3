import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { releasedFiles } from '@outrider/contracts/schemas';
import { CommandError } from '../cli/errors.js';
import { contractsVersion } from './find-versions.js';

/** Where the installation's chart of each released version is kept, to try upgrades from it. */
const KEPT = 'charts/released';

/** The archive of a version, where it is kept or is to be. */
export function keptArchive(root: string, version: string): string {
  return join(root, KEPT, `outrider-${version}.tgz`);
}

/** @throws CommandError when the version is kept: what is released does not change */
export function refuseKept(root: string, version: string): void {
  if (!existsSync(keptArchive(root, version))) return;
  throw new CommandError(`${version} is released: ${KEPT} has its chart. Raise the version first.`);
}

/** Keeps a packaged chart, and the schemas of the events of this version. */
export async function keepRelease(root: string, version: string, archive: string): Promise<void> {
  for (const [path, text] of releasedFiles(await contractsVersion(root))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await mkdir(join(root, KEPT), { recursive: true });
  await copyFile(archive, keptArchive(root, version));
}

/** The chart of the newest version that is kept; undefined before the first release. */
export async function lastRelease(
  root: string,
): Promise<{ readonly version: string; readonly archive: string } | undefined> {
  const files = existsSync(join(root, KEPT)) ? await readdir(join(root, KEPT)) : [];
  const versions = files
    .map((file) => /^outrider-(?<version>.+)\.tgz$/u.exec(file)?.groups?.['version'])
    .filter((version) => version !== undefined)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const version = versions.at(-1);
  return version === undefined ? undefined : { version, archive: keptArchive(root, version) };
}
