import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { plural } from '../cli/screen.js';
import { authoritiesOf, buildImage, readRevision } from '../images/build-images.js';
import { findDocker } from '../images/find-docker.js';
import { IMAGES } from '../images/image-names.js';
import { loadImages } from '../images/load-images.js';
import { buildReleased, findReleased } from './released-images.js';
import type { Step, TestRun } from './test-run.js';

/** Of k8s/dev. They are loaded where this machine has them; else the cluster pulls them. */
const SERVERS = ['postgres:18', 'redis:7', 'apache/kafka:4.3.1'];

async function images({ version }: TestRun): Promise<string> {
  const docker = await findDocker();
  const caFile = await authoritiesOf(process.env);
  const build = { docker, target: 'run', registry: '', nodeBase: undefined, runBase: undefined, caFile } as const;
  const revision = await readRevision();
  const references: string[] = [];
  for (const name of IMAGES) references.push(await buildImage(name, { ...build, tag: version }, { version, revision }));
  const own = references.length;
  const released = await findReleased();
  if (released !== undefined) references.push(...(await buildReleased(released, build)));
  const older = released === undefined ? '' : ` of ${version} and ${references.length - own} of ${released.version}`;
  for (const server of SERVERS) {
    const there = await promisify(execFile)(docker, ['image', 'inspect', server]).then(
      () => true,
      () => false,
    );
    if (there) references.push(server);
  }
  const load = process.env['CLUSTER_LOAD'];
  await loadImages(docker, references, load === '' ? undefined : load);
  return `${plural(own, 'image')}${older} built, ${references.length} loaded in one archive`;
}

export const IMAGES_STEP: Step = { name: 'images', title: 'Images built and loaded', run: images };
