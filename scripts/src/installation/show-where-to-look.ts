import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Screen } from '../cli/screen.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { UpFile } from '../run/up-file.js';
import type { Running } from './describe.js';
import { PORT, SERVICES } from './layout.js';

/** Shows a person where to go on. */
export async function showWhereToLook(screen: Screen, { up, run }: Running, upFile: string): Promise<void> {
  const here = (path: string): string => relative(process.cwd(), path);
  screen.heading('Where to look');
  screen.rows([
    ...SERVICES.map((name) => [`${name} API`, `${up.services[name].url}/docs`]),
    ['metrics', `${up.services.order.metricsUrl} and the metricsUrls of up.json`],
    ...(up.prometheus === undefined
      ? []
      : [['Prometheus', `${up.prometheus.url}/alerts; queries to paste: docs/runbooks, k8s/monitoring/dashboards`]]),
    ['provider', `${up.simulator.url}/ledger`],
    ['logs', here(run.logs)],
    ['everything', here(upFile)],
  ]);
  const runDirectory = process.env['OUTRIDER_RUN_DIR'] ?? '';
  // other commands find this installation by it
  const which = runDirectory === '' ? '' : `OUTRIDER_RUN_DIR=${runDirectory} `;
  screen.heading('What to type');
  screen.rows([
    [`${which}scripts/place-orders`, 'places real orders (examples/orders.jsonl, or a file of yours)'],
    [`${which}scripts/balance`, 'balances stock and money'],
    [`${which}scripts/outrider books`, 'lists every difference between the books'],
    [`${which}scripts/token --role admin`, 'makes a token for curl'],
    [`curl ${up.services.product.url}/products`, 'shows what is sold'],
    ['Ctrl-C', 'ends everything'],
  ]);
  screen.heading('An order by hand');
  for (const line of await orderByHand(up, which)) screen.item(line);
}

/** The requests of README.md, for this run: its ports, and its folder before each command. */
async function orderByHand({ services }: UpFile, which: string): Promise<readonly string[]> {
  const readme = await readFile(join(PROJECT_ROOT, 'README.md'), 'utf8');
  const block = /## Place an order by hand\n[^]*?```sh\n([^]*?)```/u.exec(readme)?.[1] ?? '';
  return SERVICES.reduce(
    (text, name) => text.replaceAll(`localhost:${PORT[name]}`, new URL(services[name].url).host),
    block.replaceAll('$(scripts/', `$(${which}scripts/`),
  )
    .split('\n')
    .filter((line) => line !== '');
}
