import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { monitoringFiles } from '../monitoring/files.js';
import { PROJECT_ROOT } from '../run/project.js';

/** Writes the files of k8s/monitoring that are made from sources. */
for (const [name, text] of Object.entries(monitoringFiles())) {
  const path = join(PROJECT_ROOT, 'k8s/monitoring', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
