import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InfraError } from '../infra-error.js';
import type { Keeper } from '../keeper/keeper.js';
import type { Log } from '../part.js';
import { findExecutable } from './find-executable.js';
import { runKept } from './run-kept.js';

/** A folder of files that Maven fetches once for this machine. */
export interface MavenFolder {
  /** A pom in this package's maven folder, e.g. `kafka.xml`. */
  readonly pom: string;
  /** The pom's property that names the version, e.g. `kafka.version`. */
  readonly versionProperty: string;
  /** The folder's name in the cache, before `-<version>`. */
  readonly name: string;
  /** What is said while it is fetched, e.g. `Kafka's jars (43 MB)`. */
  readonly what: string;
  /** Goal and options that fill `directory`. */
  arguments(directory: string): readonly string[];
}

/** Where downloads are kept between runs: `$XDG_CACHE_HOME/outrider`, by default `~/.cache/outrider`. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'outrider');
}

// One Maven at a time: two that fill an empty local repository at once can spoil each other's downloads.
let previous: Promise<unknown> = Promise.resolve();

/**
 * The folder's path, after fetching it if this machine does not have it yet.
 *
 * @throws InfraError INFRA_MAVEN_MISSING when it must be fetched and `mvn` is not in PATH, INFRA_DOWNLOAD_FAILED
 *   when Maven fails.
 */
export async function mavenFolder(folder: MavenFolder, keeper: Keeper, log: Log): Promise<string> {
  const pom = fileURLToPath(new URL(`../../maven/${folder.pom}`, import.meta.url));
  const version = await pomProperty(pom, folder.versionProperty);
  const path = join(cacheDirectory(), `${folder.name}-${version}`);
  if (await exists(path)) return path;
  const fetched = previous.then(() => fetch(folder, pom, path, keeper, log));
  previous = fetched.catch(() => undefined);
  await fetched;
  return path;
}

async function fetch(folder: MavenFolder, pom: string, path: string, keeper: Keeper, log: Log): Promise<void> {
  const mvn = await findExecutable('mvn');
  if (mvn === undefined) {
    throw new InfraError(
      'INFRA_MAVEN_MISSING',
      `Install Maven (mvn) to let it fetch ${folder.what}, or start Docker, or give the server's URL.`,
    );
  }
  await mkdir(dirname(path), { recursive: true });
  // Filled beside its place and moved there whole, so an interrupted or simultaneous download leaves no half folder.
  const partial = await mkdtemp(`${path}.partial-`);
  const logFile = `${partial}.log`;
  try {
    // also when the owner is killed halfway
    await keeper.removeAtEnd(partial);
    await keeper.removeAtEnd(logFile);
    log(`downloading ${folder.what} with Maven into ${path}, once`);
    await runKept(
      keeper,
      {
        command: mvn,
        args: ['-q', '-B', '-ntp', '-f', pom, ...folder.arguments(partial)],
        env: process.env,
        cwd: partial,
        logFile,
      },
      { code: 'INFRA_DOWNLOAD_FAILED', what: `Maven could not fetch ${folder.what}` },
    );
    await moveUnlessThere(partial, path);
  } finally {
    await rm(partial, { recursive: true, force: true });
    await rm(logFile, { force: true });
  }
}

async function moveUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function pomProperty(pom: string, property: string): Promise<string> {
  const text = await readFile(pom, 'utf8');
  const value = text.split(`<${property}>`)[1]?.split('<')[0];
  if (value === undefined) throw new Error(`${basename(pom)} has no property ${property}`);
  return value;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
