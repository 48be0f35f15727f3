import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import type { StartContext, StartedPart } from '../part.js';
import { redisConfiguration, secureRedisUrl, serverFiles, type InfraSecurity } from '../security.js';
import { redisVersion } from '../versions.js';
import { findRedisServer } from './find-redis-server.js';
import { waitUntilStarted } from './wait-until-started.js';

/**
 * Starts Redis (or Valkey) under the keeper, in memory only: what it holds is a cache.
 *
 * @throws InfraError INFRA_MAVEN_MISSING, INFRA_DOWNLOAD_FAILED, INFRA_PLATFORM_UNSUPPORTED, INFRA_START_FAILED
 */
export async function startEmbeddedRedis(context: StartContext): Promise<StartedPart> {
  const command = await findRedisServer(context.keeper, context.log);
  const directory = join(context.dataDirectory, 'redis');
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const logFile = join(context.dataDirectory, 'redis.log');
  await writeFile(logFile, '');
  const { security } = context;
  const server = await context.keeper.spawn({
    command,
    args: [
      ...(security === undefined
        ? ['--port', String(port), '--save', '', '--appendonly', 'no']
        : [await configurationFile(directory, port, security)]),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
    ],
    env: process.env,
    cwd: directory,
    logFile,
    stopSignal: 'SIGTERM',
  });
  await waitUntilStarted('Redis', server, logFile, /ready to accept connections/i);
  const url = security === undefined ? `redis://127.0.0.1:${port}` : secureRedisUrl(port, security);
  return { url, version: await redisVersion(url, security?.authorityFile), pid: server.pid };
}

async function configurationFile(directory: string, port: number, security: InfraSecurity): Promise<string> {
  const path = join(directory, 'redis.conf');
  const files = { ...serverFiles(security), 'redis.conf': redisConfiguration(port, directory, security) };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 });
  return path;
}
