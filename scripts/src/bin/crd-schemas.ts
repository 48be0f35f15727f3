import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crdSchemas } from '../charts/crd-schemas.js';

// crd-schemas.js FOLDER FILE…: writes the schemas of the CustomResourceDefinitions in FILE… into FOLDER, for kubeconform
const [folder, ...files] = process.argv.slice(2);
if (folder === undefined || files.length === 0) {
  console.error('usage: crd-schemas.js FOLDER FILE…');
  process.exitCode = 2;
} else {
  await mkdir(folder, { recursive: true });
  for (const path of files) {
    for (const { file, schema } of crdSchemas(await readFile(path, 'utf8'))) {
      await writeFile(join(folder, file), JSON.stringify(schema));
    }
  }
}
