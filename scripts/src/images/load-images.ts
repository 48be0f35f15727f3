import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';

/** The name in k8s/kind/cluster.yaml; kind itself would look for one that is called `kind`. */
const KIND_CLUSTER = 'outrider';

/**
 * Gives images to a cluster's nodes, all in one archive: layers that they share travel once.
 *
 * @param load a command that is given the archive's path; without one, kind is asked: for its cluster of
 *   KIND_CLUSTER_NAME, else the one of k8s/kind/cluster.yaml
 */
export async function loadImages(
  docker: string,
  references: readonly string[],
  load: string | undefined,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-images-'));
  try {
    const archive = join(folder, 'images.tar');
    await promisify(execFile)(docker, ['save', '--output', archive, ...references]);
    await (load === undefined
      ? run('kind', [
          'load',
          'image-archive',
          archive,
          ...(process.env['KIND_CLUSTER_NAME'] ? [] : [`--name=${KIND_CLUSTER}`]),
        ])
      : run(load, [archive]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const code = await Promise.race([
    once(child, 'close').then(([exit]) => exit as number | null),
    once(child, 'error').then(([error]) => {
      throw new CommandError(
        `Images cannot be given to the cluster by ${command}: ${String(error)}. Without kind, name a command that takes an archive in CLUSTER_LOAD.`,
      );
    }),
  ]);
  if (code !== 0) throw new CommandError(`${command} could not give the images to the cluster:\n${said.trimEnd()}`);
}
