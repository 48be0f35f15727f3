import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findHelms, render, valuesOf } from '../charts/helm.js';
import { networkText } from '../charts/network.js';
import { PROJECT_ROOT } from '../run/project.js';

const [helm] = findHelms();
if (helm === undefined) {
  console.error('Helm is needed: HELM3, HELM4, or helm on PATH.');
  process.exitCode = 1;
} else {
  const path = join(PROJECT_ROOT, 'docs/network.md');
  await writeFile(path, networkText(await render(helm, valuesOf('production'))));
  console.log(`${path} is current.`);
}
