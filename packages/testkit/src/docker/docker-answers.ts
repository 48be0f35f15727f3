import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether a Docker engine can be used. The client library is loaded, half a second, only where something on this
 * machine speaks of an engine.
 */
export async function dockerAnswers(): Promise<boolean> {
  if (!(await mayHaveEngine())) return false;
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** The places where the library looks: DOCKER_HOST, its own properties file, the sockets of usual and rootless engines. */
async function mayHaveEngine(): Promise<boolean> {
  if ((process.env['DOCKER_HOST'] ?? '') !== '') return true;
  const places = [
    '/var/run/docker.sock',
    join(homedir(), '.testcontainers.properties'),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.docker', 'desktop', 'docker.sock'),
    join(process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`, 'docker.sock'),
  ];
  const found = await Promise.all(
    places.map((place) =>
      access(place).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
