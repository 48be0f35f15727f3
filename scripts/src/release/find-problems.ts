import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { releasedFiles } from '@outrider/contracts/schemas';
import { contractsVersion, findVersions, releaseVersion } from './find-versions.js';

const VERSION = /^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/u;

/** What keeps a checkout from being released, a sentence each. */
export async function findProblems(root: string): Promise<readonly string[]> {
  const version = await releaseVersion(root);
  const problems: string[] = [];
  if (!VERSION.test(version)) problems.push(`package.json: the version is ${version}, which is none like 1.2.3.`);
  for (const { where, version: other } of await findVersions(root)) {
    if (other !== version) problems.push(`${where}: it is ${other}, package.json says ${version}.`);
  }
  const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
  if (!hasEntry(changelog, version)) problems.push(`CHANGELOG.md: there is nothing below "## ${version}".`);
  return [...problems, ...(await contractProblems(root))];
}

/** Whether text stands below the version's heading. */
export function hasEntry(changelog: string, version: string): boolean {
  const [, ...sections] = changelog.split(/^## /mu);
  const section = sections.find((text) => text.split('\n', 1)[0]?.trim().split(' ')[0] === version);
  return section !== undefined && section.split('\n').slice(1).join('').trim() !== '';
}

/** The schemas of a version are what others read events by: they never change. */
async function contractProblems(root: string): Promise<string[]> {
  const version = await contractsVersion(root);
  const changed: string[] = [];
  for (const [path, text] of releasedFiles(version)) {
    const kept = await readFile(join(root, path), 'utf8').catch(ignoreMissing);
    if (kept !== undefined && kept !== text) {
      changed.push(`packages/contracts: ${version} is released with another ${path}; raise its version.`);
    }
  }
  return changed;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
