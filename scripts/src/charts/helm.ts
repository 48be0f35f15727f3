import { execFile, execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { PROJECT_ROOT } from '../run/project.js';
import type { KubernetesObject } from './objects.js';

export const CHARTS_FOLDER = join(PROJECT_ROOT, 'charts');
export const EXAMPLES = join(CHARTS_FOLDER, 'outrider/examples');

/** A Helm of this machine. */
export interface Helm {
  readonly command: string;
  /** 3 or 4 */
  readonly major: string;
}

/** The newest Helm of each major version among HELM3, HELM4 and `helm3`, `helm4`, `helm` on PATH. */
export function findHelms(): readonly Helm[] {
  const found = new Map<string, Helm>();
  for (const command of [process.env['HELM3'], process.env['HELM4'], 'helm3', 'helm4', 'helm']) {
    if (command === undefined || command === '') continue;
    const major = majorOf(command);
    if (major !== undefined && !found.has(major)) found.set(major, { command, major });
  }
  return [...found.values()].toSorted((a, b) => a.major.localeCompare(b.major));
}

function majorOf(command: string): string | undefined {
  try {
    const version = execFileSync(command, ['version', '--short'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /^v(?<major>[34])/u.exec(version)?.groups?.['major'];
  } catch {
    return undefined;
  }
}

/** The arguments that an example is installed with: values that lie over production.yaml come after it. */
export function valuesOf(example: string, folder = EXAMPLES): string[] {
  const over = ['argo-rollouts', 'keda'].includes(example) ? ['production', example] : [example];
  return over.flatMap((name) => ['-f', join(folder, `${name}.yaml`)]);
}

export const EXAMPLE_NAMES = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .toSorted();

/** What `helm template` makes. @throws Error with what Helm says, when it refuses */
export async function render(
  helm: Helm,
  args: readonly string[],
  { release = 'outrider', chart = join(CHARTS_FOLDER, 'outrider') } = {},
): Promise<KubernetesObject[]> {
  const { stdout } = await promisify(execFile)(
    helm.command,
    ['template', release, chart, '--namespace', 'shop', '--kube-version', '1.34.0', ...args],
    { maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stderr: string }) => {
    throw new Error(error.stderr.replaceAll(/^.*symbolic link.*$\n?/gmu, ''));
  });
  return parseAllDocuments(stdout)
    .map((document) => {
      const [fault] = document.errors;
      if (fault !== undefined) throw fault;
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}
