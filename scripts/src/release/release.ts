import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findHelms } from '../charts/helm.js';
import { CommandError } from '../cli/errors.js';
import type { Screen } from '../cli/screen.js';
import { imageReference, IMAGES } from '../images/image-names.js';
import { ACCEPTED, auditProblems, readAdvisories } from './audit.js';
import { findProblems } from './find-problems.js';
import { releaseVersion } from './find-versions.js';
import { keepRelease, refuseKept } from './kept.js';
import { packageCharts } from './package-charts.js';
import { makeSbom, withShippedPackages } from './shipped-packages.js';

export interface ReleaseOptions {
  /** the folder for what is made */
  readonly out: string;
  /** what stands before outrider/… and charts/… at the registry */
  readonly registry: string;
  /** keep the chart and the events' schemas, so that later versions are tried against them */
  readonly keep: boolean;
  /** why this is made without asking the registry what it knows against the packages */
  readonly withoutAudit: string | undefined;
}

/**
 * Checks that a checkout can be released, makes what is published beside the images, and says how it is published.
 * Nothing is written before all checks have passed, and nothing leaves this machine.
 * @throws CommandError that names everything that is in the way
 */
export async function release(root: string, options: ReleaseOptions, screen: Screen): Promise<void> {
  const version = await releaseVersion(root);
  if (options.keep) refuseKept(root, version);
  const helm = findHelms().at(-1);
  if (helm === undefined) {
    throw new CommandError('there is no Helm: have helm in PATH, or its path in HELM3 or HELM4.');
  }
  refuse(version, await findProblems(root));

  screen.heading(`Release ${version}`);
  const sbom = await withShippedPackages(root, async (folder) => {
    if (options.withoutAudit === undefined) {
      refuse(version, auditProblems(await readAdvisories(folder), ACCEPTED));
      screen.item('npm audit: nothing serious is known against what is shipped');
    } else {
      screen.item(`npm audit: not asked: ${options.withoutAudit}`);
    }
    return makeSbom(folder);
  });

  await mkdir(options.out, { recursive: true });
  const sbomFile = join(options.out, `outrider-${version}.cdx.json`);
  await writeFile(`${sbomFile}.part`, sbom);
  await rename(`${sbomFile}.part`, sbomFile);
  screen.item(sbomFile);
  const archives = await packageCharts(helm.command, root, version, options.out);
  for (const archive of archives) screen.item(archive);
  const [chart] = archives;
  if (options.keep && chart !== undefined) {
    await keepRelease(root, version, chart);
    screen.item("the chart and the events' schemas are kept: commit them");
  }

  screen.heading('To publish');
  const push = pushCommands(version, options.registry, archives);
  for (const line of push) screen.item(line);
}

/** Of images and charts, in the order in which they are needed. */
function pushCommands(version: string, registry: string, archives: readonly string[]): readonly string[] {
  const shipped = IMAGES.filter((name) => name !== 'simulator');
  return [
    `scripts/images --registry ${registry} ${shipped.join(' ')}`,
    ...shipped.map((name) => `docker push ${imageReference(name, version, registry)}`),
    ...archives.map((archive) => `helm push ${archive} oci://${registry}/charts`),
  ];
}

function refuse(version: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new CommandError(`${version} cannot be released:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
