import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderKafkaAccess } from '../kafka-access/render.js';
import { PROJECT_ROOT } from '../run/project.js';

const path = join(PROJECT_ROOT, 'docs/kafka-access.md');
await writeFile(path, renderKafkaAccess());
console.log(`${path} is current.`);
