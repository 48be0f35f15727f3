import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceText } from '../operator-reference/text.js';
import { PROJECT_ROOT } from '../run/project.js';

const file = join(PROJECT_ROOT, 'docs/operator-reference.md');
await writeFile(file, referenceText());
console.log(`${file} is current.`);
