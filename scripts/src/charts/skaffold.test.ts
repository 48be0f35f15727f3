import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { IMAGES } from '../images/image-names.js';
import { PROJECT_ROOT } from '../run/project.js';
import { findHelms } from './helm.js';
import type { KubernetesObject } from './objects.js';

/** SKAFFOLD, or `skaffold` of PATH. */
function findSkaffold(): string | undefined {
  const command = process.env['SKAFFOLD'] || 'skaffold';
  try {
    execFileSync(command, ['version'], { stdio: 'ignore' });
    return command;
  } catch {
    return undefined;
  }
}

const skaffold = findSkaffold();
// skaffold 2.16 speaks to Helm 3
const helm = findHelms().find(({ major }) => major === '3');
/** A Helm that was built without its own makefile takes every cluster to be one of Kubernetes 1.20. */
const HELM_OF_THE_TEST = `#!/bin/sh
case " $* " in *" template "*) set -- "$@" --kube-version 1.34.0 ;; esac
exec HELM "$@"
`;
/** The operator is a release of its own. */
const DEPLOYED = IMAGES.filter((name) => name !== 'operator');

(skaffold === undefined || helm === undefined ? describe.skip : describe)(
  'skaffold.yaml (needs skaffold, Helm 3)',
  () => {
    let folder: string;
    let builds: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'outrider-skaffold-'));
      await writeFile(join(folder, 'helm'), HELM_OF_THE_TEST.replace('HELM', helm!.command), { mode: 0o755 });
      builds = join(folder, 'builds.json');
      const made = DEPLOYED.map((name) => ({ imageName: `outrider/${name}`, tag: `outrider/${name}:of-a-test` }));
      await writeFile(builds, JSON.stringify({ builds: made }));
    });
    afterAll(async () => rm(folder, { recursive: true }));

    const run = async (...args: readonly string[]): Promise<string> => {
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, SKAFFOLD_UPDATE_CHECK: 'false' };
      const options = { cwd: PROJECT_ROOT, env, maxBuffer: 64 * 1024 * 1024 };
      return (await promisify(execFile)(skaffold!, [...args, '--interactive=false'], options)).stdout;
    };
    const withProfile = (profile: string): string[] => (profile === '' ? [] : [`--profile=${profile}`]);

    test.each(['', 'kind', 'node', 'prod'])('with profile "%s" skaffold takes it', async (profile) => {
      const shown = await run('diagnose', '--yaml-only', ...withProfile(profile));
      const images = parseAllDocuments(shown)
        .map((document) => document.toJS() as { build: { artifacts?: readonly { image: string }[] } })
        .flatMap(({ build }) => build.artifacts?.map(({ image }) => image) ?? []);
      // the simulator is for clusters to develop on
      const built = DEPLOYED.filter((name) => profile !== 'prod' || name !== 'simulator');
      expect(images.toSorted()).toEqual(built.map((name) => `outrider/${name}`).toSorted());
    });

    test.each(['', 'kind', 'node'])(
      'with profile "%s" every process runs the image that was built',
      async (profile) => {
        const args = [`--build-artifacts=${builds}`, '--digest-source=none', '--offline=true', ...withProfile(profile)];
        const objects = parseAllDocuments(await run('render', ...args))
          .map((document) => document.toJS() as KubernetesObject | null)
          .filter((object) => object !== null);
        const images = objects
          .filter(({ kind }) => kind === 'Deployment')
          .map(({ metadata, ...object }) => {
            const { template } = object['spec'] as { template: { spec: { containers: readonly { image: string }[] } } };
            return [metadata.name.replace('outrider-', ''), template.spec.containers[0]?.image];
          });
        const expected = DEPLOYED.map((name) => [name, `outrider/${name}:of-a-test`]);
        expect(Object.fromEntries(images)).toMatchObject(Object.fromEntries(expected) as object);
      },
    );
  },
);
