import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { DASHBOARDS } from '../monitoring/dashboard-plans.js';
import { PrometheusApi } from '../monitoring/prometheus-api.js';
import { drawDashboard, panelsOf } from '../pictures/draw-dashboard.js';
import { PROJECT_ROOT } from '../run/project.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';

interface Options {
  readonly minutes: number;
}

const STEP_SECONDS = 15;
const FOLDER = join(PROJECT_ROOT, 'docs/dashboards');

const program = command(
  'npm run docs:pictures --',
  'Draws what the panels of each dashboard show of the running installation (scripts/up --prometheus), into docs/dashboards.',
).option('--minutes <n>', 'how far back', wholeNumber(1, 1_440), 10);

async function draw({ minutes }: Options): Promise<number> {
  const { prometheus } = await readUpFile(runRoot());
  if (prometheus === undefined) throw new CommandError('What runs has no Prometheus: start scripts/up --prometheus.');
  const api = new PrometheusApi(prometheus.url);
  const to = Math.floor(Date.now() / 1_000);
  const range = { from: to - minutes * 60, to, step: STEP_SECONDS };
  await mkdir(FOLDER, { recursive: true });
  for (const plan of DASHBOARDS) {
    await writeFile(join(FOLDER, `${plan.uid}.svg`), drawDashboard(plan.title, await panelsOf(plan, api, range)));
  }
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), draw));
