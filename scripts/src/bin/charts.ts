import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CRD_TEMPLATES } from '../charts/crd-templates.js';
import { CHART_NAMES, readmeText, schemaText } from '../charts/generate.js';
import { RENAMES, renamesTemplate } from '../charts/renames.js';
import { SAMPLES } from '../charts/samples.js';
import { PROJECT_ROOT } from '../run/project.js';

const charts = join(PROJECT_ROOT, 'charts');
await writeFile(join(charts, 'common/templates/_renames.tpl'), renamesTemplate(RENAMES));
for (const chart of CHART_NAMES) {
  await writeFile(join(charts, chart, 'values.schema.json'), schemaText(chart, RENAMES));
  await writeFile(join(charts, chart, 'README.md'), await readmeText(charts, chart));
}
for (const [file, text] of Object.entries(CRD_TEMPLATES)) {
  await writeFile(join(charts, 'operator/templates', file), text());
}
for (const [file, text] of Object.entries(SAMPLES)) {
  await writeFile(join(charts, 'outrider/examples/manifests', file), text());
}
console.log(`Schemas, READMEs and samples in ${charts} are current.`);
