import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { familiesOf } from '../metrics/metric-families.js';
import { renderMetrics } from '../metrics/render-metrics.js';
import { scrapeProcesses } from '../metrics/scrape-processes.js';
import { PROJECT_ROOT } from '../run/project.js';

/** Writes docs/metrics.md from what the built processes show. */
const processes = Object.entries(await scrapeProcesses()).map(([part, text]) => [part, familiesOf(text)] as const);
await writeFile(join(PROJECT_ROOT, 'docs/metrics.md'), renderMetrics(Object.fromEntries(processes)));
