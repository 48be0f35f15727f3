import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';
import { imageReference, packagesOf, type ImageName } from './image-names.js';

export const TARGETS = ['run', 'dev'] as const;
export type Target = (typeof TARGETS)[number];

export interface Build {
  readonly docker: string;
  readonly target: Target;
  readonly tag: string;
  readonly registry: string;
  /** other bases than the Dockerfile names, with or without digest */
  readonly nodeBase: string | undefined;
  readonly runBase: string | undefined;
  /** authorities that npm trusts beside its own, PEM */
  readonly caFile: string | undefined;
  /** the files of another commit, instead of this checkout */
  readonly root?: string;
}

/** What the checkout is, for the labels of an image. */
export interface Source {
  readonly version: string;
  /** the commit; undefined outside of a repository */
  readonly revision: string | undefined;
}

/** The commit that is checked out, with `-modified` behind it when files differ from it. */
export async function readRevision(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      ['describe', '--always', '--abbrev=40', '--exclude=*', '--dirty=-modified'],
      {
        cwd: PROJECT_ROOT,
      },
    );
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * Builds one image.
 * @returns its reference
 * @throws CommandError with Docker's last lines
 */
export async function buildImage(name: ImageName, build: Build, source: Source): Promise<string> {
  const reference = imageReference(name, build.tag, build.registry);
  const labels = {
    'org.opencontainers.image.title': `outrider-${name}`,
    'org.opencontainers.image.version': source.version,
    ...(source.revision !== undefined && { 'org.opencontainers.image.revision': source.revision }),
    ...baseLabels(build.target === 'run' ? build.runBase : build.nodeBase),
  };
  const args = [
    `--target=${build.target}`,
    `--build-arg=SERVICE=${name}`,
    `--build-arg=PACKAGES=${packagesOf(name)}`,
    ...(build.nodeBase === undefined ? [] : ['--build-arg', `NODE_BASE=${build.nodeBase}`]),
    ...(build.runBase === undefined ? [] : ['--build-arg', `RUN_BASE=${build.runBase}`]),
    ...(build.caFile === undefined ? [] : ['--secret', `id=ca,src=${build.caFile}`]),
    build.root ?? PROJECT_ROOT,
  ];
  await dockerBuild(build.docker, reference, labels, args);
  return reference;
}

/**
 * Has Docker build an image. What it says is shown only when that fails.
 *
 * @param args further arguments, with the context's folder at the end
 * @throws CommandError with Docker's last lines
 */
export async function dockerBuild(
  docker: string,
  reference: string,
  labels: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<void> {
  const labelled = Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  const child = spawn(docker, ['build', '--progress=plain', `--tag=${reference}`, ...labelled, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-LAST_OF_OUTPUT)));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CommandError(`The image ${reference} could not be built:\n${said.trimEnd()}`);
}

/** Tags an image by its id, 64 hexadecimal digits. @returns that reference */
export async function tagById(docker: string, reference: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(docker, ['image', 'inspect', '--format={{.Id}}', reference]);
  const byId = `${reference.slice(0, reference.lastIndexOf(':'))}:${stdout.trim().replace('sha256:', '')}`;
  await run(docker, ['tag', reference, byId]);
  return byId;
}

/** Characters of Docker's output that are kept for an error. */
const LAST_OF_OUTPUT = 4_000;

function baseLabels(base: string | undefined): Record<string, string> {
  if (base === undefined) return {};
  const [name = '', digest] = base.split('@');
  return {
    'org.opencontainers.image.base.name': name,
    ...(digest !== undefined && { 'org.opencontainers.image.base.digest': digest }),
  };
}

/** The file of further authorities that NODE_EXTRA_CA_CERTS names. */
export async function authoritiesOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = env['NODE_EXTRA_CA_CERTS'];
  if (path === undefined || path === '') return undefined;
  await access(path).catch((error: unknown) => {
    throw new CommandError(`NODE_EXTRA_CA_CERTS names ${path}, which cannot be read.`, { cause: error });
  });
  return path;
}
