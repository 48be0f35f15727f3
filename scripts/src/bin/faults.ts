import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFaultTests } from '../repository/find-fault-tests.js';
import { renderFaults } from '../repository/render-faults.js';
import { PROJECT_ROOT } from '../run/project.js';

const path = join(PROJECT_ROOT, 'docs/faults.md');
await writeFile(path, renderFaults(await findFaultTests(PROJECT_ROOT)));
console.log(`${path} is current.`);
