import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderAccess } from '../repository/render-access.js';
import { SECTIONS } from '../repository/access-sections.js';
import { PROJECT_ROOT } from '../run/project.js';

const path = join(PROJECT_ROOT, 'docs/access.md');
await writeFile(path, renderAccess(SECTIONS));
console.log(`${path} is current.`);
