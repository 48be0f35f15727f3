import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A place that names the version of the whole. */
export interface Named {
  /** `charts/service/Chart.yaml: appVersion` */
  readonly where: string;
  readonly version: string;
}

/** It names the events' schemas: others read them, so their version is raised when they change and at no other time. */
const OF_ITS_OWN = 'packages/contracts/package.json';
const MANIFESTS = ['packages', 'services'] as const;
const FURTHER_MANIFESTS = ['scripts/package.json', 'bench/package.json', 'examples/custom-shop/package.json'];
const CHARTS = ['common', 'service', 'outbox-worker', 'outrider', 'operator'] as const;

const manifest = z.object({ version: z.string() });
const chartFile = z.object({
  version: z.string(),
  appVersion: z.string(),
  dependencies: z.array(z.object({ name: z.string(), version: z.string() })).default([]),
});

/** The version that is released: that of package.json. */
export async function releaseVersion(root: string): Promise<string> {
  return manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).version;
}

/** The version of the events' schemas. */
export async function contractsVersion(root: string): Promise<string> {
  return manifest.parse(JSON.parse(await readFile(join(root, OF_ITS_OWN), 'utf8'))).version;
}

/** Every place beside package.json that names the version. */
export async function findVersions(root: string): Promise<readonly Named[]> {
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const found: Named[] = [];
  const lock: unknown = JSON.parse(await read('package-lock.json'));
  found.push({ where: 'package-lock.json', version: manifest.parse(lock).version });

  const folders = await Promise.all(
    MANIFESTS.map(async (folder) =>
      (await readdir(join(root, folder))).map((name) => `${folder}/${name}/package.json`),
    ),
  );
  for (const where of [...folders.flat().toSorted(), ...FURTHER_MANIFESTS]) {
    if (where === OF_ITS_OWN) continue;
    found.push({ where, version: manifest.parse(JSON.parse(await read(where))).version });
  }

  for (const chart of CHARTS) {
    const where = `charts/${chart}/Chart.yaml`;
    const { version, appVersion, dependencies } = chartFile.parse(parse(await read(where)));
    found.push({ where: `${where}: version`, version }, { where: `${where}: appVersion`, version: appVersion });
    for (const { name, version: wanted } of dependencies) {
      found.push({ where: `${where}: dependency ${name}`, version: wanted });
    }
  }

  for (const file of (await readdir(join(root, 'k8s/dev'))).filter((name) => name.endsWith('.yaml')).toSorted()) {
    for (const [, image = '', version = ''] of (await read(`k8s/dev/${file}`)).matchAll(
      /image: (outrider\/[a-z-]+):([^\s@]+)/gu,
    )) {
      found.push({ where: `k8s/dev/${file}: ${image}`, version });
    }
  }
  return found;
}
